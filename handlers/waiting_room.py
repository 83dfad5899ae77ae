"""How many keys that are not let in may be recorded: a flood of new keys must not fill the log.

Counted are the keys introduced in this worker's term, by the address that the frontend saw: a cap, not a report.
"""

from collections import Counter
from typing import NamedTuple

HOUR_MS = 3_600_000


class WaitingCaps(NamedTuple):
    """Keys not let in, in all and from one address."""

    in_all: int = 10_000
    per_address: int = 1_000


class _Waiting(NamedTuple):
    address: str
    until_ms: int | None


class WaitingRoom:
    """Keys of this term that wait for a person, and those that a rule blocked within the last hour."""

    def __init__(self, caps: WaitingCaps) -> None:
        self._caps = caps
        self._waiting: dict[bytes, _Waiting] = {}
        self._from: Counter[str] = Counter()

    def has_room(self, address: str, now_ms: int) -> bool:
        """Whether one more key from this address may be recorded."""
        if self._full(address):
            over = [key for key, each in self._waiting.items() if each.until_ms is not None and each.until_ms <= now_ms]
            for key in over:
                self.leave(key)
        return not self._full(address)

    def enter(self, fingerprint: bytes, address: str, now_ms: int, *, decided: bool) -> None:
        """A key was recorded and not let in: it waits for a person, or is ``decided`` and counts for an hour."""
        self._waiting[fingerprint] = _Waiting(address, now_ms + HOUR_MS if decided else None)
        self._from[address] += 1

    def leave(self, fingerprint: bytes) -> None:
        """A person decided about a key, or its batch failed."""
        waiting = self._waiting.pop(fingerprint, None)
        if waiting is not None:
            self._from[waiting.address] -= 1
            if not self._from[waiting.address]:
                del self._from[waiting.address]

    def _full(self, address: str) -> bool:
        return len(self._waiting) >= self._caps.in_all or self._from[address] >= self._caps.per_address
