"""The call-ins of the whole fleet."""

from fastapi import APIRouter, Response

from console import schemas
from console.access import Reader
from console.listing import ListingOf
from console.parts import ReportsOf

router = APIRouter(prefix="/call-ins", tags=["call-ins"])


@router.get("", response_model=schemas.ListOf[schemas.CallIn])
def list_call_ins(reports: ReportsOf, _: Reader, listing: ListingOf) -> Response:
    """The call-ins of every agent."""
    page = reports.call_ins(limit=listing.limit, cursor=listing.cursor)
    return listing.answer(page, schemas.columns(schemas.CallIn))
