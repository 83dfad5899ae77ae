"""Where agents may be of which a filtered compliance list tells: by the counts of the places, so that nobody else is
looked at."""

from collections.abc import Mapping
from uuid import UUID

from domain.choice import Choices
from domain.ids import ROOT_GROUP
from domain.resolved import resolved
from projections.policy_compliance import HELD, counted_as
from projections.reports.listing import Conditions
from projections.reports.progress import State
from projections.reports.shown import from_json
from projections.reports.sought import REPORTED, Sought
from projections.reports.tree import Tree
from projections.reports.view import View

_COUNTS = "SELECT place, agents, counts FROM {compliance_counts} WHERE agents <> 0"
MOST_APART = 2_000
"""Agents with something of their own that are looked for by name; more are looked for among all."""


def only_where(view: View, tree: Tree, sought: Sought) -> Conditions | None:
    """What to add to a list of agents; None when they may be anywhere."""
    if sought == Sought() or len(tree.overrides) > MOST_APART:
        return None
    in_groups = resolved(tree.groups)
    rows = [(bytes(row["place"]), row) for row in view.query(_COUNTS)]
    shared = [(place, row) for place, row in rows if place not in tree.overrides]
    groups = [
        place
        for place, row in shared
        if _may_have(in_groups[tree.groups.living(UUID(bytes=place)).id], row["agents"], row["counts"], tree, sought)
    ]
    if len(groups) > len(shared) / 2:
        return None
    where = Conditions()
    marks, apart = ", ".join("?" * len(groups)), ", ".join("?" * len(tree.overrides))
    there = f"group_id IN ({marks})" if groups else "false"
    above = " OR group_id IS NULL" if ROOT_GROUP.bytes in groups else ""
    alone = f" OR agent_id IN ({apart})" if apart else ""
    values = [*groups, *tree.overrides]
    where.add(f"agent_id IN (SELECT agent_id FROM {{compliance}} WHERE {there}{above}{alone})", *values)  # noqa: S608
    return where


def _may_have(choices: Mapping[str, Choices], agents: int, counts: str, tree: Tree, sought: Sought) -> bool:
    """False when no agent of a place to which this applies makes a line that is sought."""
    fitting = [
        (category, some)
        for category, some in choices.items()
        if sought.category in (None, category)
        and (sought.policy is None or any(each.policy == sought.policy for each in some))
    ]
    if sought.state is None or not fitting:
        return bool(fitting)
    counted: dict[str, int] = from_json(counts)
    return any(_in_state(category, some, agents, counted, tree, sought.state) for category, some in fitting)


def _in_state(category: str, choices: Choices, agents: int, counted: Mapping[str, int], tree: Tree, state: str) -> bool:
    if state == State.NONE or any(each.when is not None for each in choices):
        return True
    if not choices or (policy := tree.policies.get((category, choices[0].policy))) is None:
        return False
    policy_id, version = bytes(policy["policy_id"]).hex(), policy["policy_version"]
    if state in REPORTED:
        return counted_as(policy_id, version, state, category) in counted
    held = counted.get(counted_as(policy_id, version, HELD), 0)
    return held > 0 if state == State.DELIVERED else held < agents
