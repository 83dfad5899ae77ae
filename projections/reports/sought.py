"""What a filtered compliance list is about, and what applies to agents as far as it may be that."""

from typing import NamedTuple

from domain.effective import AGENT, Effective
from projections.database import Row
from projections.policy_claims import DRIFTED, ENFORCED, FAILED
from projections.reports.not_told import why_not_told
from projections.reports.progress import Said
from projections.reports.tree import Tree

REPORTED = ENFORCED, DRIFTED, FAILED
"""States that agents report themselves."""


class Sought(NamedTuple):
    """Lines of this category, policy and state; None for any."""

    category: str | None = None
    policy: str | None = None
    state: str | None = None

    def ruled_out(self, said: Said) -> bool:
        """No report of this agent's tells of the state: whatever applies to it, it makes no such line."""
        return self.state in REPORTED and all(report[3] != self.state for report in said.reports.values())

    def may_be(self, found: Effective) -> bool:
        """What applies of one category may make such a line, however far an agent has got with it."""
        if self.category not in (None, found.category):
            return False
        return self.policy is None or any(choice.policy == self.policy for choice in found.choices)


class Here(NamedTuple):
    """What applies of each category that may be sought; ``why`` an agent here is told nothing."""

    found: list[Effective]
    why: str


class Applies:
    """Found once for a group; agents with something of their own each have theirs."""

    def __init__(self, tree: Tree, sought: Sought) -> None:
        self.tree = tree
        self.sought = sought
        self._in_groups: dict[bytes | None, Here] = {}

    def to(self, standing: Row) -> Here:
        """To the agent of a row of `compliance`."""
        agent_id, group_id = bytes(standing["agent_id"]), standing["group_id"]
        if agent_id in self.tree.overrides:
            return self._found(group_id, agent_id)
        if group_id not in self._in_groups:
            self._in_groups[group_id] = self._found(group_id)
        return self._in_groups[group_id]

    def by_condition(self, standing: Row) -> bool:
        """True when it depends on where and what the machine is."""
        return any(choice.when is not None for each in self.to(standing).found for choice in each.choices)

    def _found(self, group_id: bytes | None, agent_id: bytes = AGENT) -> Here:
        applies = self.tree.applies(group_id, agent_id)
        why = why_not_told({category: each.choices for category, each in applies.items()})
        return Here([each for each in applies.values() if self.sought.may_be(each)], why)
