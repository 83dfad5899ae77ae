"""Assigned, delivered, enforced, drifted, failed: counted per policy, and agent by agent with the reason why."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from domain.agent import Status
from domain.choice import Choices
from domain.policy import POLICY, kind_of
from domain.resolved import resolved
from projections.agents import AGENTS
from projections.database import Row
from projections.policy_claims import DRIFTED, ENFORCED, FAILED
from projections.policy_compliance import HELD, POLICY_COMPLIANCE, counted_as
from projections.reports.agent_policy import AgentPolicies
from projections.reports.known import check_known
from projections.reports.listing import Wanted, by_name
from projections.reports.not_told import why_not_told
from projections.reports.page import Page
from projections.reports.places import only_where
from projections.reports.progress import State
from projections.reports.shown import from_json
from projections.reports.sought import Applies, Sought
from projections.reports.tree import Tree, read_tree
from projections.reports.view import View, Views
from projections.system_tree import SYSTEM_TREE

_COUNTS = "SELECT place, agents, counts FROM {compliance_counts} WHERE agents <> 0"
_GROUP_OF = "SELECT agent_id, group_id FROM {{compliance}} WHERE agent_id IN ({marks})"
_AT_ONCE = 500
MOST_AT_ONCE = 1_000
MOST_LOOKED_AT = 5_000
"""Agents that one page of a filtered list looks at; the cursor goes on from there."""


class Alike:
    """Agents to whom the same applies: their number, and how many of them hold or enforce which version.

    ``at`` is the group of some of them, or the agent when it is alone.
    """

    def __init__(self, choices: Mapping[str, Choices], at: str) -> None:
        self.choices = choices
        self.at = at
        self.agents = 0
        self.counts: Counter[str] = Counter()


class Reach(NamedTuple):
    """Of how many agents a policy or task is a choice, and how many of those said that they hold it."""

    assigned: int
    holding: int


class Compliance:
    """Reads `policy_compliance` and `system_tree`, with the names from `agents`."""

    def __init__(self, views: Views, agents: AgentPolicies) -> None:
        self._views = views
        self._agents = agents

    def counts(self) -> dict[str, Any]:
        """Of each policy: how many agents are assigned it, hold its newest version, enforce that, and how.

        ``not_told`` are agents that are assigned more than a manifest carries.
        """

        def read(view: View) -> dict[str, Any]:
            tree = read_tree(view)
            alike = list(_alike(view, tree))
            policies, not_told = _counted(alike, tree), _not_told(alike)
            return {"policies": policies, "not_told": not_told, "position": view.position, "stale": view.stale}

        return self._views.look([SYSTEM_TREE.name, POLICY_COMPLIANCE.name], read)

    def reach(self, category: str, name: str) -> "Reach":
        """How far a policy or task has come by now, in whatever version."""

        def read(view: View) -> Reach:
            tree = read_tree(view)
            policy = tree.policies.get((category, name))
            found = [each for each in _alike(view, tree) if _chosen(each.choices.get(category, ()), name)]
            if policy is None:
                return Reach(0, 0)
            policy_id = bytes(policy["policy_id"]).hex()
            return Reach(sum(each.agents for each in found), sum(_holding(each, policy_id) for each in found))

        return self._views.look([SYSTEM_TREE.name, POLICY_COMPLIANCE.name], read)

    def page(
        self, wanted: Wanted, category: str | None = None, policy: str | None = None, state: str | None = None
    ) -> Page:
        """Agents by name, a line for each category. A page holds all lines of the agents it looked at. NotFound."""
        sought = Sought(category, policy, state)

        def read(view: View) -> Page:
            tree = read_tree(view)
            check_known(view, tree, category, policy)
            applies, there = Applies(tree, sought), only_where(view, tree, sought)
            items: list[dict[str, Any]] = []
            allowed, looked = wanted._replace(status=Status.ALLOWED), 0
            cursor, size = wanted.cursor, wanted.limit
            while len(items) < wanted.limit and looked < MOST_LOOKED_AT:
                part = allowed._replace(cursor=cursor, limit=size)
                rows, cursor = by_name(view, "agents", "agent_id", part, there)
                looked, size = looked + len(rows), min(2 * size, MOST_AT_ONCE)
                items += self._agents.of_rows(view, rows, applies)
                if cursor is None:
                    break
            return Page(items, cursor, view.position, view.stale)

        return self._views.look([SYSTEM_TREE.name, POLICY_COMPLIANCE.name, AGENTS.name], read)


def _not_told(found: Iterable[Alike]) -> list[dict[str, Any]]:
    whys = ((each, why_not_told(each.choices)) for each in found)
    return [{"at": each.at, "agents": each.agents, "why": why} for each, why in whys if why]


def _counted(found: Iterable[Alike], tree: Tree) -> list[dict[str, Any]]:
    sums: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for alike in found:
        for category, choices in alike.choices.items():
            for choice in choices:
                policy = tree.policies.get((category, choice.policy))
                if policy is not None:
                    _add(sums[category, choice.policy], alike, category, policy)
    return [_shown(tree, category, name, sums[category, name]) for category, name in tree.policies]


def _add(sums: Counter[str], alike: Alike, category: str, policy: Row) -> None:
    policy_id, version = bytes(policy["policy_id"]).hex(), policy["policy_version"]
    sums["assigned"] += alike.agents
    sums["delivered"] += alike.counts[counted_as(policy_id, version, HELD)]
    for state in (ENFORCED, DRIFTED, FAILED):
        sums[state] += alike.counts[counted_as(policy_id, version, state, category)]


def _chosen(choices: Choices, name: str) -> bool:
    return any(each.policy == name for each in choices)


def _holding(alike: Alike, policy_id: str) -> int:
    """Agents that hold any version of it: an agent holds one at a time."""
    said = ((counted.split("|"), agents) for counted, agents in alike.counts.items())
    return sum(agents for (of, _, state, *_), agents in said if (of, state) == (policy_id, HELD))


def _alike(view: View, tree: Tree) -> Iterable[Alike]:
    """All places, those together where the same applies by inheritance."""
    in_groups, group_of = resolved(tree.groups), _group_of(view, sorted(tree.overrides))
    found: dict[int | bytes, Alike] = {}
    for row in view.query(_COUNTS):
        place = bytes(row["place"])
        if place in group_of:
            own = tree.applies(group_of[place], place)
            choices: Mapping[str, Choices] = {category: each.choices for category, each in own.items()}
            alike = found.setdefault(place, Alike(choices, f"agent {UUID(bytes=place)}"))
        else:
            choices = in_groups[tree.groups.living(UUID(bytes=place)).id]
            alike = found.setdefault(id(choices), Alike(choices, tree.path(place)))
        alike.agents += row["agents"]
        alike.counts.update(from_json(row["counts"]))
    return found.values()


def _group_of(view: View, agents: list[bytes]) -> dict[bytes, bytes | None]:
    """The groups of agents that have something of their own."""
    found: dict[bytes, bytes | None] = {}
    for start in range(0, len(agents), _AT_ONCE):
        some = agents[start : start + _AT_ONCE]
        rows = view.query(_GROUP_OF.format(marks=", ".join("?" * len(some))), some)
        found |= {bytes(row["agent_id"]): row["group_id"] for row in rows}
    return found


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
