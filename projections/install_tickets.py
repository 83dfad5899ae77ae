"""Which install tickets were made, which are still good, and whom did the others let in?"""

from domain.install_ticket import InstallTicket
from projections.claims import text
from projections.projection import Projection
from projections.rows import Rows
from store.mapper import Recorded

INSTALL_TICKETS = Projection("install_tickets", version=1)


@INSTALL_TICKETS.when(InstallTicket.Issued)
def issued(event: Recorded, rows: Rows) -> None:
    """A ticket was made."""
    rows.new("install_tickets", event.stream.bytes).update(
        ticket_id=text(event.facts["ticket_id"]),
        bound_to=event.facts["bound_to"] or None,
        issued_at_ms=event.meta.recorded_at_ms,
        issued_by=event.meta.who,
        expires_at_ms=event.facts["expires_at_ms"],
    )


@INSTALL_TICKETS.when(InstallTicket.Used)
def used(event: Recorded, rows: Rows) -> None:
    """It let an agent in."""
    used_at_ms, used_by = event.meta.recorded_at_ms, event.facts["fingerprint"]
    rows.update("install_tickets", event.stream.bytes, used_at_ms=used_at_ms, used_by=used_by)


@INSTALL_TICKETS.when(InstallTicket.Revoked)
def revoked(event: Recorded, rows: Rows) -> None:
    """It is good for nothing any more."""
    rows.update("install_tickets", event.stream.bytes, revoked_at_ms=event.meta.recorded_at_ms)
