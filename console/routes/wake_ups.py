"""Waking agents: a hint to those that hold a connection, so that they call in at once."""

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Response
from pydantic import BaseModel, ConfigDict, Field

from console import answers
from console.access import Caller, Waker
from console.agent_filter import SoughtOf
from console.listing import AsciiJson
from console.order_desk import DeskOf, OrderDesk
from console.problems import Problem
from domain.agent import Status
from domain.orders import WakeAgents

router = APIRouter(prefix="/agents", tags=["agents"])
MOST_AGENTS = 10_000
"""Of one request."""
_OF_ONE_ORDER = 250
TOLD, NOT_CONNECTED, UNREACHED, CANNOT = "told", "not connected", "not told", "cannot be woken"
"""Results: it holds a connection by its own word; it calls in by itself alone; no way to it now; not Allowed."""


class WakeUp(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field("", max_length=1000, description="Kept for ever with the order.")


class WakeUps(WakeUp):
    """Whom, and why."""

    agents: list[str] | None = Field(None, min_length=1, max_length=1_000, description="Without it: all that match.")


@router.post("/{ref}/wake", response_model=answers.WakeUpDecided)
def wake_agent(desk: DeskOf, caller: Waker, ref: str, why: Annotated[WakeUp, Body()]) -> Response:
    """Send a hint to one agent; `ref` is an agent_id, a registration_id or an unambiguous name."""
    return AsciiJson(_give(desk, caller, [desk.reports.agent(ref)], why.reason))


@router.post("/wake", response_model=answers.WakeUpDecided)
def wake_agents(desk: DeskOf, caller: Waker, wanted: Annotated[WakeUps, Body()], sought: SoughtOf) -> Response:
    """Send hints to the agents that are named, or to all that match the filter: an order for each 250 of them."""
    if wanted.agents is None:
        agents = sought.matching(desk.reports, MOST_AGENTS)
    elif any(sought):
        raise Problem(422, "invalid_request", "Name agents or give a filter, not both. Nothing was done.")
    else:
        found = (desk.reports.agent(ref) for ref in wanted.agents)
        agents = list({each["agent_id"]: each for each in found}.values())
    parts = [agents[start : start + _OF_ONE_ORDER] for start in range(0, len(agents), _OF_ONE_ORDER)]
    given = [_give(_desk_of(desk, part), caller, part, wanted.reason) for part in parts]
    return AsciiJson(_together(given))


def _give(desk: OrderDesk, caller: Caller, agents: Sequence[dict[str, Any]], reason: str) -> dict[str, Any]:
    carried = desk.give(WakeAgents([UUID(each["agent_id"]).bytes for each in agents], reason), caller)
    told = carried.outcome.version
    holding = sum(each["mode"] == "push" for each in agents)
    who = [{"agent_id": each["agent_id"], "name": each["name"], "result": _result(each, told)} for each in agents]
    return carried.document() | {"agents": len(agents), "told": told, "holding": holding, "who": who}


def _result(agent: dict[str, Any], told: int) -> str:
    """What became of one agent's hint, as far as the server can know."""
    if agent["status"] != Status.ALLOWED:
        return f"{CANNOT}: it is {agent['status']}"
    if not told:
        return UNREACHED
    return TOLD if agent["mode"] == "push" else NOT_CONNECTED


def _desk_of(desk: OrderDesk, agents: Sequence[dict[str, Any]]) -> OrderDesk:
    """Each order has a key of its own, so that a repeated request repeats each."""
    if desk.idempotency_key is None:
        return desk
    digest = hashlib.sha256("/".join(each["agent_id"] for each in agents).encode()).hexdigest()[:32]
    return desk._replace(idempotency_key=f"{desk.idempotency_key[:200]}/{digest}")


def _together(given: Sequence[dict[str, Any]]) -> dict[str, Any]:
    sums = {name: sum(each[name] for each in given) for name in ("agents", "told", "holding")}
    document: dict[str, Any] = {"outcome": "done" if sums["told"] else "unchanged", "detail": ""}
    document["who"] = [row for each in given for row in each["who"]]
    document["position"] = max((each["position"] for each in given), default=0)
    stale = {"stale": True} if any(each.get("stale") for each in given) else {}
    return document | sums | stale
