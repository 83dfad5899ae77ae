"""What a swarm saw: latencies from the intended time, troubles, a line per second."""

from array import array
from collections import Counter
from collections.abc import Sequence
from typing import Any


def summary_ms(seconds: Sequence[float]) -> dict[str, float | None]:
    """Percentiles in milliseconds; None when there is nothing to speak of."""
    if not seconds:
        return {"p50": None, "p99": None, "max": None}
    ordered = sorted(seconds)
    last = len(ordered) - 1

    def at(share: float) -> float:
        return round(ordered[round(share * last)] * 1000, 3)

    return {"p50": at(0.5), "p99": at(0.99), "max": at(1.0)}


class Measured:
    """Latencies of one kind of work, and the same by second of the run."""

    def __init__(self) -> None:
        self.intended = 0
        self.latencies = array("d")
        self.lags = array("d")
        self.unanswered = array("d")
        self.seconds = 0.0
        self._seconds: dict[int, array[float]] = {}

    def done(self, intended: float, now: float, begin: float) -> None:
        """Work that should have begun at ``intended`` is acknowledged."""
        latency = now - intended
        self.latencies.append(latency)
        self._seconds.setdefault(int(now - begin), array("d")).append(latency)

    def series(self) -> list[dict[str, Any]]:
        """By second of acknowledgement."""
        return [
            {"second": second, "acknowledged": len(taken), **summary_ms(taken)}
            for second, taken in sorted(self._seconds.items())
        ]

    def time_until(self, share: float) -> float | None:
        """Seconds from the begin until that share of all intended work was done (to the full second)."""
        wanted, done = share * self.intended, 0
        for second, taken in sorted(self._seconds.items()):
            done += len(taken)
            if done >= wanted:
                return second + 1
        return None


class Measures:
    """All that is told at the end."""

    def __init__(self) -> None:
        self.registrations = Measured()
        self.call_ins = Measured()
        self.troubles: Counter[str] = Counter()
        self.connections: Counter[str] = Counter()
        self.hints = 0
