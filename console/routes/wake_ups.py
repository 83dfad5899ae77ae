"""Waking agents: a hint to those that hold a connection, so that they call in at once."""

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from console import answers
from console.access import Caller, Waker
from console.listing import AsciiJson
from console.order_desk import DeskOf, OrderDesk
from console.problems import Problem
from console.status_word import StatusWord
from domain.orders import WakeAgents

router = APIRouter(prefix="/agents", tags=["agents"])
MOST_AGENTS = 10_000
"""Of one request."""
_OF_ONE_ORDER = 250


class WakeUp(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field("", max_length=1000, description="Kept for ever with the order.")


@router.post("/{ref}/wake", response_model=answers.WakeUpDecided)
def wake_agent(desk: DeskOf, caller: Waker, ref: str, why: Annotated[WakeUp, Body()]) -> Response:
    """Send a hint to one agent; `ref` is an agent_id, a registration_id or an unambiguous name."""
    return AsciiJson(_give(desk, caller, [desk.reports.agent(ref)], why.reason))


@router.post("/wake", response_model=answers.WakeUpDecided)
def wake_agents(
    desk: DeskOf,
    caller: Waker,
    why: Annotated[WakeUp, Body()],
    status: StatusWord = None,
    name: Annotated[str | None, Query(max_length=1024, description="Exactly this name, in any case.")] = None,
    query: Annotated[str | None, Query(max_length=1024, description="Somewhere in what describes it.")] = None,
    overdue: Annotated[bool, Query(description="Only those that should have called in by now.")] = False,
) -> Response:
    """Send hints to all agents that match the filter: one order for each 250 of them."""
    agents = _matching(desk, {"status": status, "name": name, "query": query, "overdue": overdue})
    parts = [agents[start : start + _OF_ONE_ORDER] for start in range(0, len(agents), _OF_ONE_ORDER)]
    given = [_give(_desk_of(desk, part), caller, part, why.reason) for part in parts]
    return AsciiJson(_together(given))


def _matching(desk: OrderDesk, filters: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = desk.reports.agents(**filters, limit=1000, cursor=cursor)
        found += page.items
        if len(found) > MOST_AGENTS:
            raise Problem(422, "too_many", f"More than {MOST_AGENTS} match: narrow the filter. Nobody was told.")
        if (cursor := page.next) is None:
            return found


def _give(desk: OrderDesk, caller: Caller, agents: Sequence[dict[str, Any]], reason: str) -> dict[str, Any]:
    carried = desk.give(WakeAgents([UUID(each["agent_id"]).bytes for each in agents], reason), caller)
    holding = sum(each["mode"] == "push" for each in agents)
    return carried.document() | {"agents": len(agents), "told": carried.outcome.version, "holding": holding}


def _desk_of(desk: OrderDesk, agents: Sequence[dict[str, Any]]) -> OrderDesk:
    """Each order has a key of its own, so that a repeated request repeats each."""
    if desk.idempotency_key is None:
        return desk
    digest = hashlib.sha256("/".join(each["agent_id"] for each in agents).encode()).hexdigest()[:32]
    return desk._replace(idempotency_key=f"{desk.idempotency_key[:200]}/{digest}")


def _together(given: Sequence[dict[str, Any]]) -> dict[str, Any]:
    sums = {name: sum(each[name] for each in given) for name in ("agents", "told", "holding")}
    document: dict[str, Any] = {"outcome": "done" if sums["told"] else "unchanged", "detail": ""}
    document["position"] = max((each["position"] for each in given), default=0)
    stale = {"stale": True} if any(each.get("stale") for each in given) else {}
    return document | sums | stale
