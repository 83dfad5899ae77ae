"""The groups of the system tree."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from console.access import Reader, StateKeeper
from console.desired_desk import revise
from console.listing import AsciiJson, ListingOf
from console.order_desk import DeskOf, IfMatch
from console.parts import ReportsOf
from console.schemas import ListOf, TimelineEntry, columns
from console.schemas import desired_state as shapes
from domain.desired_orders import CreateGroup, DeleteGroup, MoveGroup, RenameGroup

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


@router.post("/delete", response_model=shapes.Revised)
def delete_group(desk: DeskOf, caller: StateKeeper, group: Delete, if_match: IfMatch = None) -> Response:
    """Delete a group that is empty, or put what it holds into another."""
    return revise(DeleteGroup(group.path, group.into, group.reason), desk, caller, if_match)
