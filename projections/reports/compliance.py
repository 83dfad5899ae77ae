"""Assigned, delivered, enforced, drifted, failed: counted per policy, and agent by agent with the reason why."""

from collections import Counter, defaultdict
from typing import Any, NamedTuple

from domain.agent import Status
from domain.policy import POLICY, kind_of
from projections.agents import AGENTS
from projections.policy_compliance import AGENTS_THERE, DRIFTED, ENFORCED, FAILED, HELD, POLICY_COMPLIANCE
from projections.reports.agent_policy import AgentPolicies, State
from projections.reports.listing import Wanted, by_name
from projections.reports.page import Page
from projections.reports.tree import Tree, read_tree
from projections.reports.view import View, Views
from projections.system_tree import SYSTEM_TREE

_COUNTS = "SELECT place, category, policy_id, version, state, agents FROM {compliance_counts} WHERE agents <> 0"
_GROUP_OF = "SELECT agent_id, group_id FROM {compliance} WHERE overrides <> '[]' AND status = 'Allowed' AND NOT merged"
MOST_LOOKED_AT = 5_000
"""Agents that one page of a filtered list looks at; the cursor goes on from there."""


class Place(NamedTuple):
    """What agents at one place hold and enforce: their number, and numbers by (policy id, version, state)."""

    agents: int
    found: dict[tuple[bytes, int, str], int]


class Compliance:
    """Reads `policy_compliance` and `system_tree`, with the names from `agents`."""

    def __init__(self, views: Views) -> None:
        self._views = views
        self._agents = AgentPolicies(views)

    def counts(self) -> dict[str, Any]:
        """Of each policy: how many agents are assigned it, hold its newest version, enforce that, and how."""

        def read(view: View) -> dict[str, Any]:
            tree = read_tree(view)
            policies = _counted(view, tree)
            return {"policies": policies, "position": view.position, "stale": view.stale}

        return self._views.look([SYSTEM_TREE.name, POLICY_COMPLIANCE.name], read)

    def page(
        self, wanted: Wanted, category: str | None = None, policy: str | None = None, state: str | None = None
    ) -> Page:
        """Agents by name, a line for each category. A page holds all lines of the agents it looked at."""

        def read(view: View) -> Page:
            tree = read_tree(view)
            items: list[dict[str, Any]] = []
            allowed, looked = wanted._replace(status=Status.ALLOWED), 0
            cursor = wanted.cursor
            while len(items) < wanted.limit and looked < MOST_LOOKED_AT:
                part = allowed._replace(cursor=cursor, limit=1_000 if state or policy else wanted.limit)
                rows, cursor = by_name(view, "agents", "agent_id", part)
                looked += len(rows)
                found = self._agents.of_rows(view, rows, tree)
                items += [
                    row
                    for row in found
                    if category in (None, row["category"])
                    and policy in (None, row["policy"])
                    and state in (None, row["state"])
                ]
                if cursor is None:
                    break
            return Page(items, cursor, view.position, view.stale)

        return self._views.look([SYSTEM_TREE.name, POLICY_COMPLIANCE.name, AGENTS.name], read)


def _counted(view: View, tree: Tree) -> list[dict[str, Any]]:
    sums: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    group_of = {bytes(row["agent_id"]): row["group_id"] for row in view.query(_GROUP_OF)}
    for place, there in _places(view).items():
        agent = place in group_of
        for category, found in tree.applies(group_of[place] if agent else place, place if agent else b"").items():
            for choice in found.choices:
                policy = tree.policies.get((category, choice.policy))
                if policy is not None:
                    _add(sums[category, choice.policy], there, bytes(policy["policy_id"]), policy["policy_version"])
    return [_shown(tree, category, name, sums[category, name]) for category, name in tree.policies]


def _add(sums: Counter[str], there: Place, policy_id: bytes, version: int) -> None:
    sums["assigned"] += there.agents
    sums["delivered"] += there.found.get((policy_id, version, HELD), 0)
    for state in (ENFORCED, DRIFTED, FAILED):
        sums[state] += there.found.get((policy_id, version, state), 0)


def _places(view: View) -> dict[bytes, Place]:
    agents: Counter[bytes] = Counter()
    found: dict[bytes, dict[tuple[bytes, int, str], int]] = defaultdict(dict)
    for row in view.query(_COUNTS):
        place = bytes(row["place"])
        if row["state"] == AGENTS_THERE:
            agents[place] = row["agents"]
        else:
            found[place][bytes(row["policy_id"]), row["version"], row["state"]] = row["agents"]
    return {place: Place(number, found[place]) for place, number in agents.items()}


def _shown(tree: Tree, category: str, name: str, sums: Counter[str]) -> dict[str, Any]:
    row = tree.policies[category, name]
    kind = kind_of(category)
    told = (ENFORCED, DRIFTED, FAILED) if kind == POLICY else ()
    return {
        "kind": kind,
        "category": category,
        "name": name,
        "version": row["policy_version"],
        "assigned": sums["assigned"],
        "delivered": sums["delivered"],
        **{state: sums[state] if state in told else None for state in (ENFORCED, DRIFTED, FAILED)},
    }


STATES = tuple(each.value for each in State)
