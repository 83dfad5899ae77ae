"""Whose token this is."""

from fastapi import APIRouter, Response

from console import schemas
from console.access import Reader
from console.listing import AsciiJson

router = APIRouter(prefix="/whoami", tags=["tokens"])


@router.get("", response_model=schemas.Identity)
def whoami(caller: Reader) -> Response:
    """Name, role and end of the token that asks."""
    return AsciiJson(caller._asdict())
