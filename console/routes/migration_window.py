"""The migration window: while it is open, keys that authorise nothing may hand over to strong ones."""

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from console import answers, schemas
from console.access import Caller, Reader, WindowKeeper
from console.etag import etag_of, version_in
from console.listing import AsciiJson
from console.order_desk import DeskOf, IfMatch
from console.parts import ReportsOf
from domain.orders import CloseMigrationWindow, OpenMigrationWindow

router = APIRouter(prefix="/migration-window", tags=["keys"])


class NewWindow(BaseModel):
    """Until when, and why."""

    model_config = ConfigDict(extra="forbid")
    until: AwareDatetime
    reason: str = Field(min_length=1, max_length=1000)


@router.get("", response_model=schemas.MigrationWindow)
def show_migration_window(reports: ReportsOf, _: Reader) -> Response:
    """Until when it is open, with its ETag."""
    window = reports.migration_window()
    return AsciiJson(window, headers={"ETag": etag_of(window["version"])})


@router.put("", response_model=answers.WindowDecided)
def open_migration_window(desk: DeskOf, caller: WindowKeeper, window: NewWindow, if_match: IfMatch = None) -> Response:
    """Open it, or move its end; at most 30 days ahead. Needs If-Match like a decision."""
    order = OpenMigrationWindow(_ms(window.until), window.reason)
    return _decided(desk, order, caller, if_match)


@router.delete("", response_model=answers.WindowDecided)
def close_migration_window(desk: DeskOf, caller: WindowKeeper, if_match: IfMatch = None) -> Response:
    """Close it before its end. Needs If-Match like a decision."""
    return _decided(desk, CloseMigrationWindow(), caller, if_match)


def _decided(
    desk: DeskOf, order: OpenMigrationWindow | CloseMigrationWindow, caller: Caller, if_match: str | None
) -> Response:
    carried = desk.give(order, caller, version_in(if_match))
    document = carried.document() | {"window": desk.read_back(desk.reports.migration_window)}
    return AsciiJson(document, headers={"ETag": etag_of(carried.outcome.version)})


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
