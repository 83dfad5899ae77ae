"""The migration window: while it is open, a key that authorises nothing may hand over to a strong one, once."""

from eventsourcing.domain import Aggregate, event

from domain.errors import OrderRefused, ReasonRequired
from domain.ids import MIGRATION_WINDOW_STREAM

LONGEST_MS = 30 * 86_400_000


class WindowTooLong(OrderRefused):
    """A migration window ends in the future and within 30 days."""

    code = "window_too_long"


class MigrationWindow(Aggregate):
    """The one window of a deployment; it closes by itself at ``until_ms``."""

    class Opened(Aggregate.Created):
        """A person opened the window for the first time."""

        TOPIC = "MigrationWindow.Opened"
        until_ms: int
        reason: str

    class Reopened(Aggregate.Event):
        """A person opened it again, or moved its end."""

        TOPIC = "MigrationWindow.Reopened"
        until_ms: int
        reason: str

    class Closed(Aggregate.Event):
        """A person closed it before its end."""

        TOPIC = "MigrationWindow.Closed"
        reason: str

    @event(Opened)
    def __init__(self, until_ms: int, reason: str) -> None:
        self.until_ms = until_ms

    @classmethod
    def open(cls, until_ms: int, reason: str, now_ms: int) -> "MigrationWindow":
        """The first window; ReasonRequired, WindowTooLong."""
        _check(until_ms, reason, now_ms)
        return cls._create(cls.Opened, id=MIGRATION_WINDOW_STREAM, until_ms=until_ms, reason=reason)

    def open_again(self, until_ms: int, reason: str, now_ms: int) -> bool:
        """Open it, or move its end; False when that is its end already."""
        _check(until_ms, reason, now_ms)
        if until_ms == self.until_ms:
            return False
        self._reopened(until_ms=until_ms, reason=reason)
        return True

    def is_open(self, now_ms: int) -> bool:
        """True until its end."""
        return now_ms < self.until_ms

    def close(self, reason: str, now_ms: int) -> bool:
        """Close it now; False when it is closed."""
        if not self.is_open(now_ms):
            return False
        self._closed(reason=reason)
        return True

    @event(Reopened)
    def _reopened(self, until_ms: int, reason: str) -> None:
        self.until_ms = until_ms

    @event(Closed)
    def _closed(self, reason: str) -> None:
        self.until_ms = 0


def _check(until_ms: int, reason: str, now_ms: int) -> None:
    if not reason.strip():
        raise ReasonRequired("A reason is required: say why old keys may hand over now.")
    if not now_ms < until_ms <= now_ms + LONGEST_MS:
        raise WindowTooLong
