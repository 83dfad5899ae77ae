"""How many keys may wait for a decision: a flood of new keys must not fill the log.

Counted are the keys introduced in this worker's term, by the address that the frontend saw: a cap, not a report.
"""

from collections import Counter
from typing import NamedTuple


class WaitingCaps(NamedTuple):
    """Undecided registrations in all and from one address."""

    in_all: int = 10_000
    per_address: int = 1_000


class WaitingRoom:
    """Undecided registrations of this term."""

    def __init__(self, caps: WaitingCaps) -> None:
        self._caps = caps
        self._address_of: dict[bytes, str] = {}
        self._from: Counter[str] = Counter()

    def has_room(self, address: str) -> bool:
        """Whether one more key from this address may wait."""
        return len(self._address_of) < self._caps.in_all and self._from[address] < self._caps.per_address

    def enter(self, fingerprint: bytes, address: str) -> None:
        """A key begins to wait."""
        self._address_of[fingerprint] = address
        self._from[address] += 1

    def leave(self, fingerprint: bytes) -> None:
        """A key was decided about, or its batch failed."""
        address = self._address_of.pop(fingerprint, None)
        if address is not None:
            self._from[address] -= 1
            if not self._from[address]:
                del self._from[address]
