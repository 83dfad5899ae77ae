"""What a list of registrations may be narrowed to, besides status, name and a piece of text."""

from typing import NamedTuple

from projections.claims import sort_key, text
from projections.registration_status import KEY_LENGTH
from projections.reports.listing import Conditions

DAY_MS = 86_400_000
BLOCKED_LISTED_DAYS = 90
"""How long a Blocked machine stays in the list without asking again."""
_HEX_DIGITS = 64


class Where(NamedTuple):
    """Texts are whole values in any case, or masks; times are milliseconds, from incl. to excl.

    `left` asks for the Blocked entries that left the list, and those only.
    """

    domain: str | None = None
    address: str | None = None
    resource_key: str | None = None
    fingerprint: str | None = None
    key_type: str | None = None
    decided_by: str | None = None
    first_from_ms: int | None = None
    first_until_ms: int | None = None
    last_from_ms: int | None = None
    last_until_ms: int | None = None
    left: bool = False
    fork_of: bytes | None = None

    def conditions(self, listed_since_ms: int) -> Conditions:
        """As SQL; a Blocked machine whose last request is older than `listed_since_ms` has left the list."""
        where = Conditions()
        where.add(f"quiet_since_ms {'<' if self.left else '>='} ?", listed_since_ms)
        for column, wanted in (
            ("domain_key", self.domain),
            ("address", self.address),
            ("algorithm", self.key_type),
            ("decided_key", self.decided_by),
        ):
            if wanted is not None:
                where.like(column, sort_key(text(wanted, KEY_LENGTH))[:KEY_LENGTH])
        if self.fork_of is not None:
            where.add("fork_of = ?", self.fork_of)
        if self.fingerprint is not None:
            self._fingerprint(where, self.fingerprint.lower())
        if self.resource_key is not None:
            self._resource_key(where, sort_key(self.resource_key))
        for term, ms in (
            ("first_request_ms >= ?", self.first_from_ms),
            ("first_request_ms < ?", self.first_until_ms),
            ("last_request_ms >= ?", self.last_from_ms),
            ("last_request_ms < ?", self.last_until_ms),
        ):
            if ms is not None:
                where.add(term, ms)
        return where

    def _fingerprint(self, where: Conditions, beginning: str) -> None:
        try:
            low, high = (bytes.fromhex(beginning.ljust(_HEX_DIGITS, edge)) for edge in "0f")
        except ValueError:
            where.add("1 = 0")
        else:
            where.add("registration_id BETWEEN ? AND ?", low, high)

    def _resource_key(self, where: Conditions, wanted: str) -> None:
        named = Conditions()
        named.like("value_key", wanted)
        ids = f"SELECT registration_id FROM {{named_keys}} {named}"  # noqa: S608 - names of our own
        where.add(f"registration_id IN ({ids})", *named.values)
