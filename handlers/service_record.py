"""Whether agents can be served: a frontend is heard, and the worker records. What is learned of it goes into the log.

A frontend that announces itself through the broker proves that the whole way is there. Where nobody called in for a
while, that is recorded; after a gap, whether of worker, broker, store or frontends, its end is.
"""

from domain import service
from domain.ids import service_stream
from handlers.batch import Batch, Cause

GAP_MS = 60_000
"""Frontends announce themselves every 10 s: silence for longer was an outage, or a worker that took over late."""
CONTINUED_MS = 120_000
"""Between two events that prove it: the liveness of a fleet is known to about this."""


class ServiceRecord:
    """Of this worker's term; ``fence`` names it, ``last_recorded_ms`` is the newest event's of the term before."""

    def __init__(self, fence: int, last_recorded_ms: int) -> None:
        self._fence = fence
        self._proved_ms = self._recorded_ms = last_recorded_ms
        self._version = 0
        self._down_from_ms: int | None = None

    def heard(self, now_ms: int) -> None:
        """A frontend has announced itself."""
        if self._down_from_ms is None and now_ms - self._proved_ms >= GAP_MS:
            self._down_from_ms = self._proved_ms
        self._proved_ms = max(self._proved_ms, now_ms)

    def called_in(self, now_ms: int) -> None:
        """A package was recorded: that proves it too."""
        self._recorded_ms = max(self._recorded_ms, now_ms)

    @property
    def due(self) -> bool:
        """True when there is something to record."""
        return self._down_from_ms is not None or self._proved_ms - self._recorded_ms >= CONTINUED_MS

    def stage(self, batch: Batch) -> None:
        """Put it into this batch."""
        topic, facts = service.CONTINUED, {}
        if self._down_from_ms is not None:
            topic, facts = service.RESUMED, {"down_from_ms": self._down_from_ms}
        stream = service_stream(self._fence)
        batch.stage_facts(stream, self._version + 1, topic, facts, Cause(who="maintenance"))

    def committed(self, now_ms: int) -> None:
        """It is in the log, by this commit or by one whose answer was lost."""
        self._version += 1
        self._recorded_ms = max(self._recorded_ms, now_ms)
        self._down_from_ms = None
