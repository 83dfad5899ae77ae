"""The processes that agents talk to."""

from fastapi import APIRouter, Response

from console import schemas
from console.access import Reader
from console.listing import ListingOf
from console.parts import ReportsOf

router = APIRouter(prefix="/agent-handlers", tags=["agent handlers"])


@router.get("", response_model=schemas.ListOf[schemas.AgentHandler])
def list_agent_handlers(reports: ReportsOf, _: Reader, listing: ListingOf) -> Response:
    """Every agent handler that ever announced itself."""
    return listing.answer(reports.agent_handlers(), schemas.columns(schemas.AgentHandler))
