"""Who is assigned what: groups and agents, what applies to each, how far it has got."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from console.access import AgentMover, Reader, StateKeeper
from console.compliance_state import ComplianceState
from console.desired_desk import revise
from console.listing import AsciiJson, ListingOf
from console.order_desk import DeskOf, IfMatch
from console.parts import ReportsOf
from console.problems import Problem
from console.schemas import ListOf, columns, compliance
from console.schemas import desired_state as shapes
from console.schemas import order_plans as plans
from domain.choice import Choice
from domain.desired_document import AGENT_PREFIX, Assigned
from domain.desired_orders import AssignPolicies, EndAssignment, PlaceAgents
from projections.reports import Reports
from projections.reports.listing import Wanted
from wire.conditions import BadCondition, read

router = APIRouter(tags=["assignments"])


class NewChoice(BaseModel):
    """One policy, and when it applies."""

    model_config = ConfigDict(extra="forbid")
    policy: str = Field(max_length=100)
    when: dict[str, Any] | None = None

    def plain(self) -> dict[str, Any]:
        """As an order has it."""
        return {"policy": self.policy} | ({} if self.when is None else {"when": self.when})


class Where(BaseModel):
    """A category at a group or an agent, one of the two."""

    model_config = ConfigDict(extra="forbid")
    category: str = Field(max_length=255, description="A category, or task/NAME.")
    group: str | None = Field(None, max_length=2_000)
    agent: str | None = Field(None, max_length=255)
    reason: str = Field("", max_length=1_000)


class NewAssignment(Where):
    """What applies there and below."""

    choices: list[NewChoice] = Field(max_length=32, description="Empty: nothing applies.")
    locked: bool = False


class Moved(BaseModel):
    """Agents and the group they go into."""

    model_config = ConfigDict(extra="forbid")
    agents: list[str] = Field(min_length=1, max_length=1_000)
    group: str = Field(max_length=2_000)
    reason: str = Field("", max_length=1_000)


@router.put("/assignments", response_model=shapes.Revised)
def assign_policies(desk: DeskOf, caller: StateKeeper, wanted: NewAssignment, if_match: IfMatch = None) -> Response:
    """Say what applies of a category to a group and below, or to one agent."""
    agent_id = _id_of(wanted.agent, desk.reports)
    choices = [each.plain() for each in wanted.choices]
    command = AssignPolicies(wanted.category, choices, wanted.group, agent_id, wanted.locked, wanted.reason)
    return revise(command, desk, caller, if_match)


@router.post("/assignments/end", response_model=shapes.Revised)
def end_assignment(desk: DeskOf, caller: StateKeeper, wanted: Where, if_match: IfMatch = None) -> Response:
    """Let a group, or an agent, have of a category what is above it."""
    agent_id = _id_of(wanted.agent, desk.reports)
    return revise(EndAssignment(wanted.category, wanted.group, agent_id, wanted.reason), desk, caller, if_match)


@router.post("/assignments/plan", response_model=plans.AssignmentPlan)
def plan_assignment(reports: ReportsOf, _: Reader, wanted: NewAssignment) -> Response:
    """For how many agents something else would apply by this assignment; changes nothing."""
    choices = tuple(Choice(each.policy, each.when) for each in wanted.choices)
    bad = [f"The condition has faults: {problem}" for each in choices for problem in _condition_faults(each.when)]
    return _planned(reports, wanted, Assigned(choices, wanted.locked), bad)


@router.post("/assignments/end/plan", response_model=plans.AssignmentPlan)
def plan_end_of_assignment(reports: ReportsOf, _: Reader, wanted: Where) -> Response:
    """For how many agents something else would apply if this assignment ended; changes nothing."""
    return _planned(reports, wanted, None, [])


@router.post("/agents/move", response_model=shapes.Revised)
def move_agents(desk: DeskOf, caller: AgentMover, wanted: Moved) -> Response:
    """Put agents into a group, all of them or none."""
    agents = [_id_of(each, desk.reports) or b"" for each in wanted.agents]
    return revise(PlaceAgents(agents, wanted.group, wanted.reason), desk, caller)


@router.get("/agents/{ref}/policy", response_model=compliance.AgentPolicy)
def show_policy_of_agent(reports: ReportsOf, _: Reader, ref: str) -> Response:
    """Where an agent is, and of each category what applies and the chain it came from."""
    return AsciiJson(reports.desired.agents.one(ref))


@router.get("/policy-compliance", response_model=compliance.ComplianceCounts)
def count_compliance(reports: ReportsOf, _: Reader) -> Response:
    """Of each policy: how many agents are assigned it, hold it, enforce it, mended it, failed."""
    return AsciiJson(reports.desired.compliance.counts())


@router.get("/policy-compliance/agents", response_model=ListOf[compliance.AgentCompliance])
def list_compliance(
    reports: ReportsOf,
    _: Reader,
    listing: ListingOf,
    category: Annotated[str | None, Query(max_length=255)] = None,
    policy: Annotated[str | None, Query(max_length=100)] = None,
    state: ComplianceState = None,
    name: Annotated[str | None, Query(max_length=1_024, description="Of the agent; a mask will do.")] = None,
) -> Response:
    """Agents by name, a line for each category; a page with a filter may be shorter than its limit."""
    wanted = Wanted(name=name, limit=listing.limit, cursor=listing.cursor)
    page = reports.desired.compliance.page(wanted, category, policy, state)
    return listing.answer(page, columns(compliance.AgentCompliance))


def _planned(reports: Reports, wanted: Where, said: Assigned | None, bad: list[str]) -> Response:
    if (wanted.group is None) == (wanted.agent is None):
        raise Problem(422, "malformed_order", "An assignment is made at a group or for an agent.")
    node = wanted.group if wanted.agent is None else f"{AGENT_PREFIX}{reports.agent(wanted.agent)['agent_id']}"
    plan = reports.desired.plans.assigned(str(node), wanted.category, said)
    refusals = bad + plan.refusals
    document = {
        "changed": bool(plan.changes),
        "agents": sum(number for _, number in plan.changes),
        "refused": refusals[0] if refusals else None,
        "refusals": refusals,
        "revision": plan.revision,
        "position": plan.position,
    }
    return AsciiJson(document)


def _condition_faults(when: object) -> list[str]:
    try:
        read(when)
    except BadCondition as bad:
        return [str(bad)]
    return []


def _id_of(ref: str | None, reports: Reports) -> bytes | None:
    return None if ref is None else UUID(reports.agent(ref)["agent_id"]).bytes
