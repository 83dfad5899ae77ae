"""Two entries that are one machine, and one that was two after all."""

from typing import Annotated

from fastapi import APIRouter, Body, Response
from pydantic import BaseModel, ConfigDict, Field

from console import answers
from console.access import Caller, Merger, Splitter
from console.conflict import with_what_happened
from console.etag import etag_of, version_in
from console.listing import AsciiJson
from console.order_desk import DeskOf, IfMatch, OrderDesk
from console.problems import Problem
from domain.orders import MergeRegistration, SplitRegistration

router = APIRouter(prefix="/registrations", tags=["registrations"])


class Merge(BaseModel):
    """Which entry it is the same as, and why a person says so."""

    model_config = ConfigDict(extra="forbid")
    into: str = Field("", max_length=1024, description="A registration_id, an agent_id or an unambiguous name.")
    reason: str = Field("", max_length=1000, description="Required.")


class Split(BaseModel):
    """Why a person says that it is another machine."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field("", max_length=1000, description="Required.")


@router.post("/{ref}/merge", response_model=answers.RegistrationDecided)
def merge_registration(
    desk: DeskOf, caller: Merger, ref: str, why: Annotated[Merge, Body()], if_match: IfMatch = None
) -> Response:
    """Let this machine be the same as another, which is Allowed: one entry, the other's agent_id."""
    one, into = _registration_id(desk, ref), _registration_id(desk, why.into)
    command = MergeRegistration(bytes.fromhex(one), bytes.fromhex(into), why.reason)
    return _carry_out(command, one, desk, caller, if_match)


@router.post("/{ref}/split", response_model=answers.RegistrationDecided)
def split_registration(
    desk: DeskOf, caller: Splitter, ref: str, why: Annotated[Split, Body()], if_match: IfMatch = None
) -> Response:
    """Undo the merge of this registration: both are whole again, all history is kept."""
    one = _registration_id(desk, ref)
    return _carry_out(SplitRegistration(bytes.fromhex(one), why.reason), one, desk, caller, if_match)


def _registration_id(desk: OrderDesk, ref: str) -> str:
    return str(desk.reports.registration(ref)["registration_id"])


def _carry_out(
    command: MergeRegistration | SplitRegistration,
    registration_id: str,
    desk: OrderDesk,
    caller: Caller,
    if_match: str | None,
) -> Response:
    version = version_in(if_match)
    try:
        carried = desk.give(command, caller, version)
    except Problem as refused:
        raise with_what_happened(refused, desk, registration_id) from None
    row = desk.read_back(lambda: desk.reports.registration(registration_id))
    document = carried.document() | {"registration": row}
    return AsciiJson(document, headers={"ETag": etag_of(carried.outcome.version)})
