"""An install ticket: lets one agent in without a further decision; the seed that signs is nowhere in the log."""

import hashlib

from eventsourcing.domain import Aggregate, event

from domain.errors import OrderRefused
from domain.ids import install_ticket_stream

DAY_MS = 86_400_000
LONGEST_MS = 366 * DAY_MS
MOST_AT_ONCE = 1_000


class TicketUsed(OrderRefused):
    """This install ticket was used already: revoke the machine instead."""

    code = "ticket_used"


def ticket_id_of(public_key: bytes) -> str:
    """The name of a ticket, as people and decisions call it."""
    return hashlib.sha256(public_key).hexdigest()[:16]


class InstallTicket(Aggregate):
    """One ticket: issued, then used once or revoked. ``bound_to`` is a registration it reinstalls, empty for none."""

    class Issued(Aggregate.Created):
        """A person made a ticket; ``public_key`` is the Ed25519 half that checks it, 32 bytes."""

        TOPIC = "InstallTicket.Issued"
        ticket_id: str
        public_key: bytes
        expires_at_ms: int
        bound_to: bytes

    class Used(Aggregate.Event):
        """An agent was let in with it."""

        TOPIC = "InstallTicket.Used"
        fingerprint: bytes
        at_ms: int

    class Revoked(Aggregate.Event):
        """The ticket is good for nothing any more."""

        TOPIC = "InstallTicket.Revoked"
        reason: str

    @event(Issued)
    def __init__(self, ticket_id: str, public_key: bytes, expires_at_ms: int, bound_to: bytes) -> None:
        self.ticket_id = ticket_id
        self.public_key = public_key
        self.expires_at_ms = expires_at_ms
        self.bound_to = bound_to
        self.used_by = b""
        self.revoked = False

    @classmethod
    def issue(cls, public_key: bytes, expires_at_ms: int, bound_to: bytes) -> "InstallTicket":
        """A new ticket."""
        ticket_id = ticket_id_of(public_key)
        return cls._create(
            cls.Issued,
            id=install_ticket_stream(ticket_id),
            ticket_id=ticket_id,
            public_key=public_key,
            expires_at_ms=expires_at_ms,
            bound_to=bound_to,
        )

    def use(self, fingerprint: bytes, at_ms: int) -> None:
        """Spend it on one agent; whether it is good was judged before."""
        self._used(fingerprint=fingerprint, at_ms=at_ms)

    def revoke(self, reason: str) -> bool:
        """Make it useless; False when it already is. TicketUsed when it was spent."""
        if self.used_by:
            raise TicketUsed
        if self.revoked:
            return False
        self._revoked(reason=reason)
        return True

    @event(Used)
    def _used(self, fingerprint: bytes, at_ms: int) -> None:
        self.used_by = fingerprint

    @event(Revoked)
    def _revoked(self, reason: str) -> None:
        self.revoked = True
