"""How far each report has got in the log, and building one anew."""

from fastapi import APIRouter, Response

from console import answers, schemas
from console.access import Reader, Rebuilder
from console.listing import AsciiJson, ListingOf
from console.order_desk import DeskOf
from console.parts import ReportsOf
from domain.orders import RebuildProjection
from projections.reports import NotFound, Page

router = APIRouter(prefix="/projections", tags=["projections"])


@router.get("", response_model=schemas.ListOf[schemas.Projection])
def list_projections(reports: ReportsOf, _: Reader, listing: ListingOf) -> Response:
    """Every projection with its position, its lag and what it parked."""
    rows = reports.projections()
    page = Page(rows, None, min((row["position"] for row in rows), default=0), False)
    return listing.answer(page, schemas.columns(schemas.Projection))


@router.post("/{name}/rebuild", response_model=answers.Decided)
def rebuild_projection(desk: DeskOf, caller: Rebuilder, name: str) -> Response:
    """Build this projection anew beside the one in use, which serves until the new one has caught up."""
    if name not in {row["name"] for row in desk.reports.projections()}:
        raise NotFound(f"There is no projection {name!r}.")
    return AsciiJson(desk.give(RebuildProjection(name), caller).document(), status_code=202)
