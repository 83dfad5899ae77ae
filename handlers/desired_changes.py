"""What a batch changes of the desired state: told to the worker's memory when it is committed, and not before."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from domain.agent import Agent
from domain.placement import Placement
from domain.policy import Policy
from domain.policy_category import PolicyCategory
from domain.sorting_rules import SortingRules
from domain.system_tree import SystemTree
from handlers.desired_state import DesiredState
from store.log import AgentPlaced

_KINDS = (SystemTree, Policy, PolicyCategory, SortingRules, Placement)


class DesiredChanges:
    """Told of every aggregate that is staged."""

    def __init__(self, state: DesiredState, placement_of: Callable[[UUID], Placement | None]) -> None:
        """``placement_of`` reads an agent's placement, as decided so far in this batch."""
        self._state = state
        self._placement_of = placement_of
        self._lent: SystemTree | None = None
        self._changed: dict[UUID, Aggregate] = {}
        self._placed: dict[bytes, AgentPlaced] = {}

    def tree(self) -> SystemTree:
        """The tree to be changed. NothingKnown before the first group or policy."""
        self._lent = self._state.lend_tree()
        return self._lent

    def note(self, aggregate: Aggregate, events: Sequence[Any]) -> None:
        """These events are staged."""
        if isinstance(aggregate, _KINDS):
            self._changed[aggregate.id] = aggregate
            if isinstance(aggregate, Placement):
                self._put_back(aggregate)
        elif isinstance(aggregate, Agent):
            for each in events:
                if isinstance(each, Agent.MergedInto):
                    self._placed[aggregate.id.bytes] = AgentPlaced(aggregate.id.bytes, b"")
                elif isinstance(each, Agent.KeyJoined | Agent.Separated):
                    self._put_anew(aggregate.id)

    def side(self) -> list[AgentPlaced]:
        """Rows that say where agents are."""
        return list(self._placed.values())

    def committed(self) -> None:
        """All of it is true now."""
        if self._lent is not None:
            self._changed.setdefault(self._lent.id, self._lent)
        self._state.settle(self._changed.values())
        self._state.moved(UUID(bytes=each) for each in self._placed)

    def abandoned(self) -> None:
        """None of it is true, or nobody knows."""
        if self._changed or self._placed or self._lent is not None:
            self._state.forget()

    def _put_anew(self, agent_id: UUID) -> None:
        """A key came that held what another agent is assigned, maybe by newer events: what it gets now is newer yet."""
        self._placed[agent_id.bytes] = AgentPlaced(agent_id.bytes, b"")
        self._put_back(self._placement_of(agent_id))

    def _put_back(self, found: Placement | None) -> None:
        if found is not None:
            agent_id = found.agent_id.bytes
            self._placed[agent_id] = AgentPlaced(agent_id, found.group_id.bytes, bool(found.overrides))
