"""The groups of the system tree."""

from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from console.access import Reader, StateKeeper
from console.desired_desk import revise
from console.listing import AsciiJson, ListingOf
from console.order_desk import DeskOf, IfMatch
from console.parts import ReportsOf
from console.schemas import ListOf, TimelineEntry, columns
from console.schemas import desired_state as shapes
from console.schemas import order_plans as plans
from domain.desired_orders import CreateGroup, DeleteGroup, MoveGroup, RenameGroup
from projections.database import TableGone
from projections.reports import Reports
from store.log import StoreUnavailable

router = APIRouter(prefix="/groups", tags=["system tree"])
Path = Annotated[str, Query(max_length=2_000, description="As /Servers/Linux; / is the group above all.")]


class At(BaseModel):
    """A group by its path."""

    model_config = ConfigDict(extra="forbid")
    path: str = Field(max_length=2_000)
    reason: str = Field("", max_length=1_000, description="Kept for ever; shown in `GET /groups/history`.")


class Rename(At):
    """Another name for it."""

    name: str = Field(max_length=200)


class Move(At):
    """Another group it goes into."""

    into: str = Field(max_length=2_000)


class Delete(At):
    """Where what it holds goes; without that it must be empty."""

    into: str | None = Field(None, max_length=2_000)


@router.get("", response_model=ListOf[shapes.Group])
def list_groups(reports: ReportsOf, _: Reader, listing: ListingOf) -> Response:
    """Every group below its parent."""
    return listing.answer(listing.part("groups", reports.desired.groups.page(), "path"), columns(shapes.Group))


@router.get("/one", response_model=shapes.GroupDetails)
def show_group(reports: ReportsOf, _: Reader, path: Path) -> Response:
    """One group with what it assigns and what applies there."""
    return AsciiJson(reports.desired.groups.one(path))


@router.get("/history", response_model=ListOf[TimelineEntry])
def show_history(reports: ReportsOf, _: Reader, listing: ListingOf, path: Path) -> Response:
    """What was made, renamed, moved, assigned and ended there: by whom, when, why; also of a deleted group."""
    page = reports.desired.group_events.page(path, listing.limit, listing.cursor)
    return listing.answer(page, columns(TimelineEntry))


@router.post("", response_model=shapes.Revised)
def create_group(desk: DeskOf, caller: StateKeeper, group: At, if_match: IfMatch = None) -> Response:
    """Make a group below one that is there."""
    return revise(CreateGroup(group.path, group.reason), desk, caller, if_match)


@router.post("/rename", response_model=shapes.Revised)
def rename_group(desk: DeskOf, caller: StateKeeper, group: Rename, if_match: IfMatch = None) -> Response:
    """Give a group another name."""
    return revise(RenameGroup(group.path, group.name, group.reason), desk, caller, if_match)


@router.post("/move", response_model=shapes.Revised)
def move_group(desk: DeskOf, caller: StateKeeper, group: Move, if_match: IfMatch = None) -> Response:
    """Put a group with all below it into another."""
    return revise(MoveGroup(group.path, group.into, group.reason), desk, caller, if_match)


@router.post("/delete", response_model=plans.GroupDeleted)
def delete_group(desk: DeskOf, caller: StateKeeper, group: Delete, if_match: IfMatch = None) -> Response:
    """Delete a group that is empty, or put what it holds into another."""
    more: dict[str, Any] = dict.fromkeys(("into", "moved_agents", "moved_groups", "ended"))
    # The order needs no reports: without them it is only not told what the group held.
    with suppress(StoreUnavailable, TableGone):
        found = _planned(desk.reports, group)
        more = {name: found[name] for name in more}
    return revise(DeleteGroup(group.path, group.into, group.reason), desk, caller, if_match, lambda: more)


@router.post("/delete/plan", response_model=plans.GroupDeletionPlan)
def plan_deleting_group(reports: ReportsOf, _: Reader, group: Delete) -> Response:
    """What deleting a group would move and end, and for how many agents something else would apply; changes nothing."""
    return AsciiJson(_planned(reports, group))


def _planned(reports: Reports, group: Delete) -> dict[str, Any]:
    found = reports.desired.plans.deleted(group.path, group.into)
    return {
        "into": found.into,
        "moved_agents": found.agents,
        "moved_groups": found.groups,
        "ended": found.ended,
        "agents": found.touched,
        "refused": found.refusals[0] if found.refusals else None,
        "refusals": found.refusals,
        "revision": found.revision,
        "position": found.position,
    }
