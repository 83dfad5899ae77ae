"""Putting all agents that match a filter into a group: counted first, then one order for all of them or none."""

from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from console.access import AgentMover
from console.agent_filter import SoughtOf
from console.listing import AsciiJson
from console.order_desk import DeskOf
from console.problems import Problem
from console.schemas.moves import AgentsMoved
from domain.desired_orders import PlaceAgents
from projections.reports import Reports

router = APIRouter(tags=["assignments"])
MOST_AGENTS = 1_000
"""Of one order: it is carried out for all or none."""


class BulkMove(BaseModel):
    """Where they go, and how many."""

    model_config = ConfigDict(extra="forbid")
    group: str = Field(max_length=2_000)
    reason: str = Field("", max_length=1_000, description="Kept for ever.")
    confirm: int | None = Field(None, description="The count that was seen; without it nothing is changed.")


@router.post("/agents/moves", response_model=AgentsMoved)
def move_matching_agents(desk: DeskOf, caller: AgentMover, sought: SoughtOf, move: BulkMove) -> Response:
    """Put all that match and are elsewhere into a group; without `confirm`, only tell which."""
    group = _path(desk.reports, move.group)
    found = sought.matching(desk.reports, MOST_AGENTS)
    items = [
        {name: each[name] for name in ("agent_id", "name", "status", "group")}
        for each in found
        if each["group"] != group
    ]
    told = {"group": group, "count": len(items), "there": len(found) - len(items), "items": items}
    if move.confirm is None:
        return AsciiJson({"outcome": None, "detail": "", "position": None} | told)
    if move.confirm != len(items):
        detail = f"{len(items)} match now, not {move.confirm}: look again before you confirm. Nothing was changed."
        raise Problem(409, "count_moved", detail, count=len(items))
    if not items:
        return AsciiJson({"outcome": "unchanged", "detail": "", "position": None} | told)
    agents = [UUID(each["agent_id"]).bytes for each in items]
    return AsciiJson(desk.give(PlaceAgents(agents, group, move.reason), caller).document() | told)


def _path(reports: Reports, group: str) -> str:
    found: str = reports.desired.groups.one(group)["path"]
    return found
