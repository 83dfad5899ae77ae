"""The shapes of what the API says of agents that go into another group."""

from pydantic import Field

from console.schemas.shape import Shape


class MovedAgent(Shape):
    """An agent that goes into another group."""

    agent_id: str
    name: str
    status: str
    group: str = Field(description="Where it is, or was until now.")


class AgentsMoved(Shape):
    """Agents that match a filter, and what became of the order to move them."""

    outcome: str | None = Field(description="done or unchanged; null when nothing was ordered.")
    detail: str
    position: int | None
    stale: bool = Field(False, description="Present and true when the reports do not show it yet.")
    group: str = Field(description="Where they go.")
    count: int = Field(description="How many match and are elsewhere.")
    there: int = Field(description="How many match and are in that very group already.")
    items: list[MovedAgent]
