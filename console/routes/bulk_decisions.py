"""One decision about all registrations that match a filter: counted first, then an order for each."""

from typing import Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from console import schemas
from console.access import Allower, Caller
from console.listing import AsciiJson
from console.not_decidable import counted, why_not
from console.order_desk import DeskOf, OrderDesk
from console.problems import Problem
from console.registration_filter import Sought, SoughtOf
from domain.order_roles import permits
from domain.orders import AllowRegistration, BlockRegistration, RevokeRegistration
from projections.reports import Reports

router = APIRouter(prefix="/registrations", tags=["registrations"])
MAX_TARGETS = 500
"""More are decided about in several requests: each order is an event of its own."""
_COMMANDS: dict[str, type[AllowRegistration | BlockRegistration | RevokeRegistration]] = {
    "allow": AllowRegistration,
    "block": BlockRegistration,
    "revoke": RevokeRegistration,
}
_OF_THE_TARGET = frozenset({404, 409, 412})
"""Refusals of one order that do not touch the others."""


class BulkDecision(BaseModel):
    """What is decided, and about how many."""

    model_config = ConfigDict(extra="forbid")
    decision: Literal["allow", "block", "revoke"]
    reason: str = Field("", max_length=1000, description="Required with `confirm`.")
    confirm: int | None = Field(None, description="The count that was seen; without it nothing is changed.")


@router.post("/decisions", response_model=schemas.BulkDecided)
def decide_registrations(desk: DeskOf, caller: Allower, sought: SoughtOf, bulk: BulkDecision) -> Response:
    """Decide about all that match the filter and can be decided so; without `confirm`, only tell which."""
    command = _COMMANDS[bulk.decision]
    if not permits(caller.role, command):
        raise Problem(403, "role_missing", f"The role {caller.role} may not {bulk.decision}.")
    if bulk.confirm is not None and not bulk.reason.strip():
        raise Problem(422, "reason_required", "A reason is required: it is kept for ever with each decision.")
    targets, others = _targets(desk.reports, sought, bulk.decision)
    if bulk.confirm is None:
        return AsciiJson(_document(targets, [f"would {bulk.decision}"] * len(targets), others))
    if bulk.confirm != len(targets):
        detail = f"{len(targets)} match now, not {bulk.confirm}: look again before you confirm. Nothing was changed."
        raise Problem(409, "count_moved", detail, count=len(targets))
    outcomes = [_decided(desk, caller, command, each, bulk.reason) for each in targets]
    return AsciiJson(_document(targets, outcomes, others))


def _targets(reports: Reports, sought: Sought, decision: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Those that match for which the decision is legal now, and why not of each other that matches."""
    found: list[dict[str, Any]] = []
    others: list[str] = []
    cursor: str | None = None
    while True:
        page = reports.registrations(**sought._asdict(), limit=1000, cursor=cursor)
        found += [row for row in page.items if decision in row["actions"]]
        others += [why_not(decision, row) for row in page.items if decision not in row["actions"]]
        if len(found) > MAX_TARGETS:
            raise Problem(422, "too_many", f"More than {MAX_TARGETS} match: narrow the filter. Nothing was changed.")
        if (cursor := page.next) is None:
            return found, others


def _decided(
    desk: OrderDesk,
    caller: Caller,
    command: type[AllowRegistration | BlockRegistration | RevokeRegistration],
    row: dict[str, Any],
    reason: str,
) -> str:
    """What became of one order; it has a key of its own, so that a repeated request repeats each."""
    key = f"{desk.idempotency_key}/{row['registration_id']}" if desk.idempotency_key else None
    order = command(registration_id=bytes.fromhex(row["registration_id"]), reason=reason)
    try:
        return desk._replace(idempotency_key=key).give(order, caller, row["version"]).outcome.outcome
    except Problem as refused:
        if refused.status not in _OF_THE_TARGET:
            raise
        return refused.code


def _document(targets: list[dict[str, Any]], outcomes: list[str], others: list[str]) -> dict[str, Any]:
    items = [
        {"registration_id": row["registration_id"], "name": row["name"], "outcome": outcome}
        for row, outcome in zip(targets, outcomes, strict=True)
    ]
    counts = {outcome: outcomes.count(outcome) for outcome in dict.fromkeys(outcomes)}
    return {"count": len(items), "outcomes": counts, "others": counted(others), "items": items}
