"""Why a frontend should not read more from its agents now: told when the first reason comes and the last goes."""

from collections.abc import Callable
from enum import Enum


class Reason(Enum):
    """One cause of pressure."""

    DISCONNECTED = "not connected to the broker"
    BLOCKED = "the broker is short of memory or disk"
    UNCONFIRMED = "too many messages without confirmation"
    REFUSED = "the broker refused a message"


class Pressure:
    """Starts under pressure, because a bus starts disconnected."""

    def __init__(self, tell: Callable[[bool], None]) -> None:
        self._tell = tell
        self._reasons = {Reason.DISCONNECTED}

    def __bool__(self) -> bool:
        return bool(self._reasons)

    def add(self, reason: Reason) -> None:
        """This reason holds from now on."""
        before = bool(self._reasons)
        self._reasons.add(reason)
        if not before:
            self._tell(True)

    def remove(self, reason: Reason) -> None:
        """This reason no longer holds; no harm if it never did."""
        before = bool(self._reasons)
        self._reasons.discard(reason)
        if before and not self._reasons:
            self._tell(False)
