"""The shapes of what single orders about the system tree would change."""

from pydantic import Field

from console.schemas.desired_state import Revised
from console.schemas.shape import Shape


class OrderPlan(Shape):
    """What an order would change."""

    agents: int = Field(description="Agents for whom something else would apply.")
    refused: str | None = Field(description="The first of `refusals`; null when nothing stands against it.")
    refusals: list[str] = Field(description="Why the order would be refused.")
    revision: int
    position: int


class AssignmentPlan(OrderPlan):
    """What an assignment, or its end, would change."""

    changed: bool = Field(description="False: it is so already.")


class GroupDeletionPlan(OrderPlan):
    """What deleting a group would change."""

    into: str | None
    moved_agents: int = Field(description="That are in the group itself, Allowed or not.")
    moved_groups: int = Field(description="That are in it, each with all below.")
    ended: list[str] = Field(description="Categories of which the group says something: that would end.")


class GroupDeleted(Revised):
    """The group is no more; what it held, as the reports had it just before. Null: they could not be read."""

    into: str | None
    moved_agents: int | None
    moved_groups: int | None
    ended: list[str] | None
