"""The desired state as one document: exported, tried, applied."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from console.access import Reader, StateApplier
from console.desired_desk import revise
from console.etag import etag_of
from console.listing import AsciiJson
from console.order_desk import DeskOf
from console.parts import ReportsOf
from console.problems import Problem
from console.schemas import desired_state as shapes
from domain.desired_document import Document
from domain.desired_orders import ApplyDocument
from domain.document_place import BadDocument, Fault
from domain.read_document import read_document, says_nothing
from domain.tree_refusals import EmptyDocument, RevisionStale
from projections.reports import Ambiguous, NotFound, Reports
from projections.reports.document import Planned
from wire.conditions import BadCondition, read

router = APIRouter(prefix="/desired-state", tags=["desired state"])


class NewDocument(BaseModel):
    """What `GET` answers, changed; see docs/policies.md. Without a revision it is not asked what it rests on."""

    model_config = ConfigDict(extra="allow")
    revision: int | None = Field(None, ge=0)
    agent_names: dict[str, str] | None = Field(None, description="Told by `GET`, for people; not looked at.")

    def plain(self) -> dict[str, Any]:
        """Everything but the revision and what is only for people."""
        return self.model_dump(exclude={"revision", "agent_names"})


@router.get("", response_model=shapes.DesiredDocument)
def export_desired_state(reports: ReportsOf, _: Reader) -> Response:
    """Groups, categories, policies, tasks, assignments and sorting rules, as a file has them."""
    document = reports.desired.document.export()
    assigned = [each["agent"] for each in document["assignment"] if "agent" in each]
    names = {"agent_names": reports.desired.document.names(assigned)}
    return AsciiJson(document | names, headers={"ETag": etag_of(document["revision"])})


@router.post("/plan", response_model=shapes.Plan)
def plan_desired_state(reports: ReportsOf, _: Reader, wanted: NewDocument) -> Response:
    """What the document would change, and how many agents each change touches; changes nothing."""
    plan = reports.desired.document.plan(_read(wanted, reports)[1])
    changes = [
        {"action": change.action, "kind": change.kind, "what": change.told(), "agents": agents}
        for change, agents in plan.changes
    ]
    is_stale = _is_stale(wanted, plan)
    refusals = _refusals(wanted, plan)
    rests_on = {"revision": plan.revision, "stale_file": is_stale, "position": plan.position}
    return AsciiJson(
        {
            "changes": changes,
            "refused": refusals[0] if refusals else None,
            "refusals": refusals,
            "taken": plan.taken,
            **rests_on,
        }
    )


@router.put("", response_model=shapes.Revised)
def apply_desired_state(
    desk: DeskOf,
    caller: StateApplier,
    wanted: NewDocument,
    reason: Annotated[str, Query(max_length=1_000, description="Kept for ever with what it changes.")] = "",
    confirm: Annotated[
        int | None, Query(ge=0, description="`taken` of the plan; needed when what is deleted touches agents.")
    ] = None,
) -> Response:
    """Make the desired state that of the document, all of it or nothing."""
    plain, document = _read(wanted, desk.reports)
    _check_confirmed(wanted, desk.reports.desired.document.plan(document), confirm)
    return revise(ApplyDocument(plain, wanted.revision, reason), desk, caller)


def _check_confirmed(wanted: NewDocument, plan: Planned, confirm: int | None) -> None:
    """Raise a Problem unless the number of agents that deletions touch was confirmed; what is refused anyway may go."""
    if not plan.taken or confirm == plan.taken or _refusals(wanted, plan):
        return
    detail = f"What this file deletes touches {plan.taken} agent{'s' * (plan.taken != 1)}"
    if confirm is None:
        told = f"{detail}: look at the dry run, then confirm that number (--confirm {plan.taken}). Nothing was changed."
        raise Problem(428, "confirm_required", told, count=plan.taken)
    told = f"{detail} now, not {confirm}: look again before you confirm. Nothing was changed."
    raise Problem(409, "count_moved", told, count=plan.taken)


def _is_stale(wanted: NewDocument, plan: Planned) -> bool:
    return bool(plan.changes) and wanted.revision is not None and wanted.revision != plan.revision


def _refusals(wanted: NewDocument, plan: Planned) -> list[str]:
    """In the order in which the order would meet them: it tells the first."""
    if says_nothing(wanted.plain()):
        return [str(EmptyDocument())]
    stale = f"{RevisionStale.__doc__} (revision {plan.revision}, not {wanted.revision})"
    return [stale] * _is_stale(wanted, plan) + plan.refusals


def _read(wanted: NewDocument, reports: Reports) -> tuple[dict[str, Any], Document]:
    """The document with agents by their ids; the problem names every fault."""
    plain, faults = wanted.plain(), []
    entries = plain.get("assignment")
    for number, each in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(each, dict) and isinstance(each.get("agent"), str):
            try:
                each["agent"] = reports.agent(each["agent"])["agent_id"]
            except (NotFound, Ambiguous) as unknown:
                faults.append(Fault("assignment", number, "agent", f"{each['agent']!r}: {unknown}"))
    document = None
    try:
        document = read_document(plain, _condition_faults)
    except BadDocument as bad:
        faults += bad.faults
    if faults or document is None:
        told = "; ".join(each.told() for each in faults[:20])
        raise Problem(422, "bad_document", f"Nothing was changed: {told}", faults=[each._asdict() for each in faults])
    return plain, document


def _condition_faults(when: object) -> list[tuple[str, str]]:
    try:
        read(when)
    except BadCondition as bad:
        return [(each.field, each.problem) for each in bad.faults]
    return []
