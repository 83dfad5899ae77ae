"""When to call in next, by injected chance: never all at once, never for ever silent."""

import random
from collections.abc import Callable

from agents.outcome import Outcome, Result

JITTER = 0.1
FIRST_RETRY_S = 5.0


class Schedule:
    """Waits in seconds."""

    def __init__(self, chance: random.Random, jitter: Callable[[], float] = lambda: JITTER) -> None:
        """``jitter`` is asked for each wait: the share by which it may differ."""
        self._chance = chance
        self._jitter = jitter
        self._pending = 0

    def first(self, within_s: float) -> float:
        """Before the first call-in of a process."""
        return self._chance.uniform(0, within_s)

    def after(self, result: Result, interval_s: int) -> float:
        """Before the next call-in, given how the last one ended."""
        if result.outcome is not Outcome.PENDING:
            self._pending = 0
        if result.retry_after_s is not None:
            return self._jittered(result.retry_after_s)
        if result.outcome is not Outcome.PENDING:
            return self._jittered(interval_s)
        wait = min(FIRST_RETRY_S * 2.0 ** min(self._pending, 16), interval_s)
        self._pending += 1
        return self._jittered(wait)

    def _jittered(self, wait_s: float) -> float:
        jitter = self._jitter()
        return wait_s * self._chance.uniform(1 - jitter, 1 + jitter)
