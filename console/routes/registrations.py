"""Who asked for registration, and what a person decides about it."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from pydantic import BaseModel, ConfigDict, Field

from console import answers, schemas
from console.access import Allower, Blocker, Caller, Reader, Revoker
from console.conflict import with_what_happened
from console.etag import etag_of, version_in
from console.listing import AsciiJson, ListingOf
from console.order_desk import DeskOf, IfMatch, OrderDesk
from console.parts import ReportsOf
from console.problems import Problem
from console.registration_filter import SoughtOf
from domain.orders import AllowRegistration, BlockRegistration, RevokeRegistration

router = APIRouter(prefix="/registrations", tags=["registrations"])

_COLUMNS = schemas.columns(schemas.Registration)
_DECISION: dict[str, Any] = {
    "response_model": answers.RegistrationDecided,
    "description": "`ref` is a registration_id, an agent_id or an unambiguous name. A repeat answers `unchanged`.",
}


class Decision(BaseModel):
    """Why a person decides so."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field("", max_length=1000, description="Required to revoke.")


WhyOf = Annotated[Decision, Body(default_factory=Decision)]


@router.get("", response_model=schemas.ListOf[schemas.Registration])
def list_registrations(
    reports: ReportsOf,
    _: Reader,
    listing: ListingOf,
    sought: SoughtOf,
) -> Response:
    """Every request and every completed registration, filterable on each field it shows."""
    page = reports.registrations(**sought._asdict(), limit=listing.limit, cursor=listing.cursor)
    return listing.answer(page, _COLUMNS)


@router.get("/counts", response_model=schemas.Counts)
def count_registrations(reports: ReportsOf, _: Reader, sought: SoughtOf) -> Response:
    """How many registrations have each status, of those that a list with the same filter shows."""
    return AsciiJson(reports.registration_counts(**sought._asdict()))


@router.get("/{ref}", response_model=schemas.RegistrationDetails)
def show_registration(reports: ReportsOf, _: Reader, ref: str) -> Response:
    """One registration; the ETag is what a decision about it names in If-Match."""
    row = reports.registration(ref)
    return AsciiJson(row, headers={"ETag": etag_of(row["version"])})


@router.post("/{ref}/allow", **_DECISION)
def allow_registration(desk: DeskOf, caller: Allower, ref: str, why: WhyOf, if_match: IfMatch = None) -> Response:
    """Let this machine in; legal from Pending, Blocked and Revoked."""
    return _decide(AllowRegistration, desk, caller, ref, why, if_match)


@router.post("/{ref}/block", **_DECISION)
def block_registration(desk: DeskOf, caller: Blocker, ref: str, why: WhyOf, if_match: IfMatch = None) -> Response:
    """Keep this machine out; legal from Pending and Revoked."""
    return _decide(BlockRegistration, desk, caller, ref, why, if_match)


@router.post("/{ref}/revoke", **_DECISION)
def revoke_registration(desk: DeskOf, caller: Revoker, ref: str, why: WhyOf, if_match: IfMatch = None) -> Response:
    """Withdraw the trust in this machine; legal from Allowed, with a reason."""
    return _decide(RevokeRegistration, desk, caller, ref, why, if_match)


def _decide(
    command: type[AllowRegistration | BlockRegistration | RevokeRegistration],
    desk: OrderDesk,
    caller: Caller,
    ref: str,
    why: Decision,
    if_match: str | None,
) -> Response:
    version = version_in(if_match)
    registration_id = desk.reports.registration(ref)["registration_id"]
    order = command(registration_id=bytes.fromhex(registration_id), reason=why.reason)
    try:
        carried = desk.give(order, caller, version)
    except Problem as refused:
        raise with_what_happened(refused, desk, registration_id) from None
    row = desk.read_back(lambda: desk.reports.registration(registration_id))
    document = carried.document() | {"registration": row}
    return AsciiJson(document, headers={"ETag": etag_of(carried.outcome.version)})
