"""The shapes of what the API says of an agent's policies: what applies, why, and what became of it."""

from pydantic import Field

from console.schemas.desired_state import Choice
from console.schemas.shape import Shape


class Step(Shape):
    """One assignment on the way to an agent."""

    at: str = Field(description="Path of the group, or `this agent`.")
    choices: list[Choice]
    locked: bool
    standing: str = Field(description="in force, replaced below, or overruled by a lock.")
    since: str | None
    by: str | None
    reason: str | None = Field(None, description="Why, as the one who ordered it said; null when nobody did.")


class CategoryOfAgent(Shape):
    """What applies to an agent of one category, and how far it has got."""

    category: str
    kind: str
    policy: str | None = Field(description="The first choice whose condition holds by what the agent told last.")
    assigned_version: int | None
    delivered_version: int | None = Field(description="As the agent's signed package says.")
    enforced_version: int | None
    state: str = Field(description="nothing applies, assigned, not told, delivered, enforced, drifted or failed.")
    detail: str
    reported_at: str | None
    source: str
    since: str | None
    locked_by: str | None
    choices: list[Choice]
    chain: list[Step] = Field(description="Every assignment on the way, the highest first.")


class AgentPolicy(Shape):
    """Where an agent is and what applies to it."""

    agent_id: str
    name: str
    status: str
    group: str
    in_group_since: str | None
    placed_by: str | None
    held_manifest: int | None
    held_at: str | None
    not_told: str | None = Field(description="Why it is told nothing: more is assigned than a manifest carries.")
    categories: list[CategoryOfAgent]
    revision: int
    position: int


class PolicyCounts(Shape):
    """How far the agents have got with one policy."""

    kind: str
    category: str
    name: str
    version: int
    assigned: int = Field(description="Agents among whose choices it is.")
    delivered: int = Field(description="That hold its newest version.")
    enforced: int | None = Field(description="That enforce it; null for tasks.")
    drifted: int | None = Field(description="That found something else and mended it.")
    failed: int | None


class NotTold(Shape):
    """Agents that are told nothing, for more is assigned to them than a manifest carries."""

    at: str = Field(description="The group of some of them, or `agent` and the id of the only one.")
    agents: int
    why: str


class ComplianceCounts(Shape):
    """How far the fleet has got."""

    policies: list[PolicyCounts]
    not_told: list[NotTold]
    position: int
    stale: bool


class AgentCompliance(Shape):
    """How far one agent has got with one category."""

    agent_id: str
    name: str
    category: str
    policy: str | None
    assigned_version: int | None
    delivered_version: int | None
    enforced_version: int | None
    state: str
    source: str
    detail: str
    reported_at: str | None
