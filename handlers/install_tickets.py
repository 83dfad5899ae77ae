"""Install tickets: made and revoked by people, spent by an agent's registration request."""

from typing import Any

from domain.agent import Agent, Status
from domain.errors import MalformedOrder, NothingKnown
from domain.install_ticket import LONGEST_MS, MOST_AT_ONCE, InstallTicket, ticket_id_of
from domain.orders import IssueInstallTickets, RevokeInstallTicket
from domain.registration import Registration
from handlers.batch import Batch, Cause
from handlers.merging import join
from wire.install_ticket import SEED_SIZE, ticket_key
from wire.refusals import Reason


def issue(command: IssueInstallTickets, batch: Batch, cause: Cause) -> tuple[bool, int]:
    """Make tickets known by their public halves."""
    keys, life_ms = set(command.public_keys), command.expires_at_ms - batch.deployment.now_ms()
    if not 1 <= len(keys) <= MOST_AT_ONCE or any(len(key) != SEED_SIZE for key in keys) or not 0 < life_ms < LONGEST_MS:
        raise MalformedOrder(f"1 to {MOST_AT_ONCE} tickets are made at once, and they live for at most a year.")
    if command.bound_to:
        batch.agent_of(command.bound_to)
    for key in sorted(keys):
        batch.stage(InstallTicket.issue(key, command.expires_at_ms, command.bound_to), cause)
    return True, 1


def revoke(command: RevokeInstallTicket, batch: Batch, cause: Cause) -> tuple[bool, int]:
    """Make a ticket useless."""
    ticket = batch.install_ticket(command.ticket_id)
    changed = ticket.revoke(command.reason)
    batch.stage(ticket, cause)
    return changed, ticket.version


def judged(field: Any, fingerprint: bytes, batch: Batch) -> InstallTicket | Reason | None:
    """The ticket that came with a request if it is good, why it is not, or None when none came."""
    if field is None:
        return None
    key = ticket_key(field, fingerprint)
    if key is None:
        return Reason.TICKET_FORGED
    try:
        ticket = batch.install_ticket(ticket_id_of(key))
    except NothingKnown:
        return Reason.TICKET_UNKNOWN
    if ticket.public_key != key:
        return Reason.TICKET_UNKNOWN
    if ticket.used_by and ticket.used_by != fingerprint:
        return Reason.TICKET_USED
    if ticket.revoked:
        return Reason.TICKET_REVOKED
    if not ticket.used_by and ticket.expires_at_ms <= batch.deployment.now_ms():
        return Reason.TICKET_EXPIRED
    return ticket


def redeem(ticket: InstallTicket, agent: Agent, registration: Registration, batch: Batch) -> bool:
    """Let an agent in that nobody decided about; False when the ticket says nothing about it.

    A ticket that is bound to a machine merges with it. One that is not lets no duplicate in: resource keys are claims.
    None lets a machine in that comes out of a fork: a person decides which of them is the machine.
    """
    if ticket.used_by or agent.status is not Status.PENDING:
        return False
    resource = batch.agent_of(ticket.bound_to) if ticket.bound_to else None
    if registration.fork_of or (registration.duplicate_of and resource is None):
        return False
    if resource is not None and resource.status is not Status.ALLOWED:
        return False
    cause = Cause(who=f"ticket:{ticket.ticket_id}", cause=registration.id.bytes)
    ticket.use(registration.fingerprint, batch.now_ms)
    agent.allow("installed with an install ticket")
    batch.stage(ticket, cause)
    batch.stage(agent, cause)
    if resource is not None and resource.id != agent.id:
        join(agent, resource, "the install ticket was made for this machine", batch, cause)
    return True
