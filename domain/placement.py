"""Where an agent is in the system tree, and the policies it has of its own instead of its group's.

A stream of its own beside the agent's: decisions about trust and about policies do not stand in each other's way.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from domain.choice import Assignment, Choices, check_choices, choices_of, plain_choices
from domain.ids import ROOT_GROUP, placement_stream


class Placement(Aggregate):
    """The place of one agent; begun when it is first put somewhere or given something of its own."""

    class Begun(Aggregate.Created):
        """The agent is in this group; ``rule`` is the sorting rule that said so, empty for none."""

        TOPIC = "Placement.Begun"
        agent_id: bytes
        group_id: bytes
        rule: str = ""

    class Moved(Aggregate.Event):
        """The agent is in another group."""

        TOPIC = "Placement.Moved"
        group_id: bytes
        rule: str = ""

    class PolicyOverridden(Aggregate.Event):
        """Of this category the agent has policies of its own."""

        TOPIC = "Placement.PolicyOverridden"
        category: str
        choices: list[dict[str, Any]]

    class OverrideEnded(Aggregate.Event):
        """Of this category the agent has again what its group has."""

        TOPIC = "Placement.OverrideEnded"
        category: str

    @event(Begun)
    def __init__(self, agent_id: bytes, group_id: bytes, rule: str = "") -> None:
        self.agent_id = UUID(bytes=agent_id)
        self.group_id = UUID(bytes=group_id)
        self.overrides: dict[str, Assignment] = {}

    @classmethod
    def begin(cls, agent_id: UUID, group_id: UUID = ROOT_GROUP, rule: str = "") -> "Placement":
        """An agent's first place."""
        return cls._create(
            cls.Begun, id=placement_stream(agent_id), agent_id=agent_id.bytes, group_id=group_id.bytes, rule=rule
        )

    def move(self, group_id: UUID) -> bool:
        """Be in this group; False when it is there already."""
        if self.group_id == group_id:
            return False
        self._moved(group_id=group_id.bytes, rule="")
        return True

    def override(self, category: str, choices: Choices) -> bool:
        """Have policies of its own of a category; False when it has just these."""
        check_choices(choices)
        present = self.overrides.get(category)
        if present is not None and present.choices == choices:
            return False
        self._overridden(category=category, choices=plain_choices(choices))
        return True

    def end_override(self, category: str) -> bool:
        """Have of a category what its group has; False when it already does."""
        if category not in self.overrides:
            return False
        self._override_ended(category=category)
        return True

    @event(Moved)
    def _moved(self, group_id: bytes, rule: str = "") -> None:
        self.group_id = UUID(bytes=group_id)

    @event(PolicyOverridden)
    def _overridden(self, category: str, choices: Sequence[Any]) -> None:
        self.overrides[category] = Assignment(choices_of(choices), changed=self.version + 1)

    @event(OverrideEnded)
    def _override_ended(self, category: str) -> None:
        del self.overrides[category]
