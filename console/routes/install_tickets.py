"""Install tickets: made, listed, revoked."""

import base64
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from console import answers, schemas
from console.access import Reader, TicketIssuer, TicketRevoker
from console.listing import AsciiJson, ListingOf
from console.order_desk import DeskOf
from console.parts import ClockMs, Random, ReportsOf
from domain.install_ticket import MOST_AT_ONCE, ticket_id_of
from domain.orders import IssueInstallTickets, RevokeInstallTicket
from projections.reports.shown import time_text
from wire.install_ticket import SEED_SIZE, public_half

router = APIRouter(prefix="/install-tickets", tags=["registrations"])
DAY_S = 86_400


class NewTickets(BaseModel):
    """The tickets to make."""

    model_config = ConfigDict(extra="forbid")
    count: int = Field(1, ge=1, le=MOST_AT_ONCE)
    expires_in_s: int = Field(DAY_S, ge=60, le=365 * DAY_S)
    bound_to: str = Field("", max_length=1024, description="The machine it reinstalls: an id or an unambiguous name.")


@router.get("", response_model=schemas.ListOf[schemas.InstallTicket])
def list_install_tickets(reports: ReportsOf, _: Reader, listing: ListingOf) -> Response:
    """The newest thousand install tickets, without their seeds."""
    return listing.answer(reports.install_tickets(), schemas.columns(schemas.InstallTicket))


@router.post("", status_code=201, response_model=answers.TicketsIssued)
def issue_install_tickets(
    desk: DeskOf, caller: TicketIssuer, new: NewTickets, clock_ms: ClockMs, random: Random
) -> Response:
    """Make install tickets. Their seeds are told this once; the server keeps what checks them."""
    expires_at_ms = clock_ms() + new.expires_in_s * 1000
    bound_to = bytes.fromhex(desk.reports.registration(new.bound_to)["registration_id"]) if new.bound_to else b""
    seeds = {public_half(seed): seed for seed in (random(SEED_SIZE) for _ in range(new.count))}
    carried = desk.give(IssueInstallTickets(list(seeds), expires_at_ms, bound_to), caller)
    tickets = [
        {"ticket_id": ticket_id_of(public), "ticket": base64.b64encode(seed).decode()} for public, seed in seeds.items()
    ]
    told = {"expires_at": time_text(expires_at_ms), "tickets": tickets}
    return AsciiJson(carried.document() | told, status_code=201)


@router.delete("/{ticket_id}", response_model=answers.Decided)
def revoke_install_ticket(
    desk: DeskOf, caller: TicketRevoker, ticket_id: str, reason: Annotated[str, Query(max_length=1000)] = ""
) -> Response:
    """Make an install ticket useless; one that was used is not revoked, the machine is."""
    return AsciiJson(desk.give(RevokeInstallTicket(ticket_id, reason), caller).document())
