"""What nobody proved is counted by handler and reason; one summary event a minute, never an event a package."""

from collections import Counter

from domain.ids import unverified_stream
from domain.orders import UNVERIFIED_COUNTED
from handlers.batch import Batch, Cause
from wire.refusals import Reason

MINUTE_MS = 60_000


class UnverifiedCounts:
    """Counts of this worker's term; ``fence`` names the term."""

    def __init__(self, fence: int, now_ms: int) -> None:
        self._fence = fence
        self._since_ms = now_ms
        self._version = 0
        self._counts: dict[str, Counter[str]] = {}

    def count(self, handler: str, reason: Reason) -> None:
        """One more package that nobody proved."""
        self._counts.setdefault(handler, Counter())[reason.value] += 1

    def due(self, now_ms: int) -> bool:
        """True when a minute has passed and there is something to say."""
        return bool(self._counts) and now_ms - self._since_ms >= MINUTE_MS

    def stage(self, batch: Batch) -> None:
        """Put the summary of the last minute into this batch."""
        for offset, (handler, counts) in enumerate(sorted(self._counts.items()), start=1):
            batch.stage_facts(
                unverified_stream(self._fence),
                self._version + offset,
                UNVERIFIED_COUNTED,
                {"handler": handler, "counts": dict(counts), "since_ms": self._since_ms},
                Cause(who="maintenance"),
            )

    def committed(self, now_ms: int) -> None:
        """The summary is in the log, of this commit or of one whose answer was lost: begin the next minute."""
        self._version += len(self._counts)
        self._counts.clear()
        self._since_ms = now_ms
