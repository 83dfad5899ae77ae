"""Who may connect: caps in all and per address, and what bad packages cost the address they came from."""

from enum import StrEnum

from frontend.limits import Limits
from frontend.origins import Origin, counted_as
from frontend.timing import Timer
from frontend.token_bucket import TokenBucket

_CLEANING_EVERY_S = 10.0


class Refusal(StrEnum):
    """Why a connection is closed before its handshake."""

    FULL = "full"
    ADDRESS_FULL = "address_full"
    ADDRESS_HANDSHAKES = "address_handshakes"
    ADDRESS_BAD = "address_bad"


class Admission:
    """Counts connections and handshakes; one address with an accepted agent is not locked out by its neighbours."""

    def __init__(self, limits: Limits, timer: Timer) -> None:
        self._limits = limits
        self._timer = timer
        self._origins: dict[str, Origin] = {}
        self._accepts = TokenBucket(limits.accept_burst, limits.accepts_per_s, timer.seconds())
        self._next_cleaning = timer.seconds()
        self.connections = 0
        self.handshakes = 0

    @property
    def remembered(self) -> int:
        """Of how many addresses something is known."""
        return len(self._origins)

    def enter(self, host: str) -> Origin | Refusal:
        """A connection from `host` was accepted by the kernel: count it, or say why not."""
        now = self._timer.seconds()
        self._accepts.take(now)
        if self.connections >= self._limits.connections:
            return Refusal.FULL
        origin = self._origin(counted_as(host), now)
        refusal = self._refusal(origin, now)
        if refusal is not None:
            return refusal
        self.connections += 1
        self.handshakes += 1
        origin.connections += 1
        origin.handshakes += 1
        return origin

    def handshake_ended(self, origin: Origin) -> None:
        """Completed or given up."""
        self.handshakes -= 1
        origin.handshakes -= 1

    def leave(self, origin: Origin) -> None:
        """A connection that was let in is gone."""
        self.connections -= 1
        origin.connections -= 1

    def bad(self, origin: Origin) -> None:
        """A malformed frame, wrong signature or unknown key came from there."""
        origin.bad.take(self._timer.seconds())

    def accepted(self, origin: Origin) -> None:
        """The worker accepted a package from there."""
        origin.proven_until = self._timer.seconds() + self._limits.proven_s

    def saturated(self) -> bool:
        """Whether new connections should wait in the kernel for a while."""
        return self.handshakes >= self._limits.handshakes or self._accepts.level(self._timer.seconds()) < 1

    def _refusal(self, origin: Origin, now: float) -> Refusal | None:
        if origin.proven_until >= now:
            full = origin.connections >= self._limits.connections_per_proven_address
            return Refusal.ADDRESS_FULL if full else None
        if origin.bad.level(now) < 1:
            return Refusal.ADDRESS_BAD
        if origin.connections >= self._limits.connections_per_address:
            return Refusal.ADDRESS_FULL
        if origin.handshakes >= self._limits.handshakes_per_address:
            return Refusal.ADDRESS_HANDSHAKES
        return None

    def _origin(self, host: str, now: float) -> Origin:
        origin = self._origins.get(host)
        if origin is None:
            if len(self._origins) >= self._limits.addresses and now >= self._next_cleaning:
                self._next_cleaning = now + _CLEANING_EVERY_S
                self._forget_the_harmless(now)
            bad = TokenBucket(self._limits.bad_tokens, 1 / self._limits.bad_token_every_s, now)
            origin = self._origins[host] = Origin(host, bad)
        return origin

    def _forget_the_harmless(self, now: float) -> None:
        """Keep only addresses about which there is something to remember."""
        self._origins = {
            host: origin
            for host, origin in self._origins.items()
            if origin.connections or origin.proven_until >= now or not origin.bad.full(now)
        }
