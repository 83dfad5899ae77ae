"""What an agent signed: the evidence of one package, for whoever has to prove it."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from console import schemas
from console.access import EvidenceReader
from console.listing import AsciiJson
from console.parts import ReportsOf

router = APIRouter(prefix="/agents", tags=["agents"])


@router.get("/{ref}/evidence/{place}", response_model=schemas.Evidence)
def show_evidence(
    reports: ReportsOf,
    _: EvidenceReader,
    ref: str,
    place: Annotated[str, Path(description="A position of the log; `n17` is number 17 of the agent's diary.")],
) -> Response:
    """The package behind one event: key, nonce, header, body and signature, in hex and spelled out."""
    return AsciiJson(reports.evidence(ref, place))
