"""What each key of an agent is good for: in use, offered, replaced, or forked."""

from domain.errors import EntryClosed
from domain.status import Status

FREE_OFFERS = 3
"""Keys that an agent may name as successors without a pause; then one in ``OFFER_PAUSE_MS``."""
OFFER_PAUSE_MS = 3_600_000


class HeldKeys:
    """An agent's keys. ``offers`` and ``replaced_by`` name successors, unused and used; ``forked`` is lost for good."""

    fingerprints: set[bytes]
    offers: dict[bytes, bytes]
    replaced_by: dict[bytes, bytes]
    forked: set[bytes]
    status: Status
    trusted: bool
    offers_made: int
    last_offer_ms: int

    @property
    def trusted_keys(self) -> set[bytes]:
        """The keys whose packages are acted on."""
        return self.live_keys() if self.trusted else set()

    def live_keys(self) -> set[bytes]:
        """The keys that are neither replaced nor forked."""
        return self.fingerprints.difference(self.replaced_by, self.forked)

    def is_retired(self, fingerprint: bytes) -> bool:
        """True for a key that another has replaced, and for an offer that a later offer has replaced."""
        return fingerprint in self.replaced_by

    def is_offered(self, fingerprint: bytes) -> bool:
        """True for a key that was offered and not used yet."""
        return fingerprint in self.offers.values()

    def next_offer_ms(self) -> int:
        """From when on this agent may name a further key: each becomes a registration that is kept for ever."""
        return 0 if self.offers_made < FREE_OFFERS else self.last_offer_ms + OFFER_PAUSE_MS

    def is_forked(self, fingerprint: bytes) -> bool:
        """True for a key that two machines used, and for the successor it had offered."""
        return fingerprint in self.forked

    def _take(self, fingerprint: bytes, offered: bytes, replaced_by: bytes, forked: bool) -> None:
        self.fingerprints.add(fingerprint)
        if offered:
            self.offers[fingerprint] = offered
        if replaced_by:
            self.replaced_by[fingerprint] = replaced_by
        if forked:
            self.forked.add(fingerprint)

    def _give(self, fingerprint: bytes) -> None:
        self.fingerprints.discard(fingerprint)
        self.offers.pop(fingerprint, None)
        self.replaced_by.pop(fingerprint, None)
        self.forked.discard(fingerprint)

    def _close_if(self, closed: bool) -> None:
        if closed:
            self.status, self.trusted = Status.FORKED, False

    def _must_be_open(self) -> None:
        if self.status is Status.FORKED:
            raise EntryClosed
