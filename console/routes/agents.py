"""The machines of the fleet: what they said last, and everything that happened to each."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from console import schemas
from console.access import Reader
from console.agent_filter import SoughtOf
from console.listing import AsciiJson, ListingOf
from console.moment import Moment, ms_of
from console.parts import ReportsOf
from projections.reports import SoughtEvents

router = APIRouter(prefix="/agents", tags=["agents"])


@router.get("", response_model=schemas.ListOf[schemas.Agent])
def list_agents(reports: ReportsOf, _: Reader, listing: ListingOf, sought: SoughtOf) -> Response:
    """Every agent, filterable."""
    page = reports.agents(**sought._asdict(), limit=listing.limit, cursor=listing.cursor)
    return listing.answer(page, schemas.columns(schemas.Agent))


@router.get("/counts", response_model=schemas.LivenessCounts)
def count_agents(reports: ReportsOf, _: Reader) -> Response:
    """How many allowed agents call in as often as they say, how many are overdue, how many silent."""
    return AsciiJson(reports.liveness())


@router.get("/{ref}", response_model=schemas.AgentDetails)
def show_agent(reports: ReportsOf, _: Reader, ref: str) -> Response:
    """One agent with its current properties; `ref` is an agent_id, a registration_id or an unambiguous name."""
    return AsciiJson(reports.agent(ref))


@router.get("/{ref}/timeline", response_model=schemas.ListOf[schemas.TimelineEntry])
def show_timeline(
    reports: ReportsOf,
    _: Reader,
    listing: ListingOf,
    ref: str,
    event: Annotated[
        str | None,
        Query(max_length=128, description="Only events called so: a beginning, or a mask with *, ? and [ab]."),
    ] = None,
    since: Moment = None,
    until: Moment = None,
) -> Response:
    """Everything that happened to one agent, in the order of the log; of what is sought, a part may be empty."""
    sought = SoughtEvents(event, ms_of(since), ms_of(until))
    page = reports.timeline(ref, limit=listing.limit, cursor=listing.cursor, sought=sought)
    return listing.answer(page, schemas.columns(schemas.TimelineEntry))


@router.get("/{ref}/call-ins", response_model=schemas.ListOf[schemas.CallIn])
def list_call_ins_of_agent(reports: ReportsOf, _: Reader, listing: ListingOf, ref: str) -> Response:
    """The call-ins of one agent."""
    page = reports.call_ins(agent=ref, limit=listing.limit, cursor=listing.cursor)
    return listing.answer(page, schemas.columns(schemas.CallIn))


@router.get("/{ref}/events", response_model=schemas.ListOf[schemas.AgentEvent])
def list_events_of_agent(reports: ReportsOf, _: Reader, listing: ListingOf, ref: str) -> Response:
    """The events that one agent kept and delivered."""
    page = reports.agent_events(agent=ref, limit=listing.limit, cursor=listing.cursor)
    return listing.answer(page, schemas.columns(schemas.AgentEvent))
