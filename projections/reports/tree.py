"""The system tree as the reports read it: the rows of the projection as the structure that says what applies where."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from domain.choice import Assignment, choices_of
from domain.effective import AGENT, NO_OVERRIDES, Effective, effective
from domain.group_name import ROOT_NAME
from domain.groups import Group, Groups, Heir
from domain.ids import ROOT_GROUP
from projections.database import Row
from projections.reports.shown import from_json
from projections.reports.view import View

_GROUPS = "SELECT group_id, parent, name, heir FROM {groups}"
_ASSIGNMENTS = "SELECT * FROM {assignments} WHERE NOT ended"
_POLICIES = (
    "SELECT policy_id, kind, category, name, policy_version, note, written_at_ms, written_by FROM {policies}"
    " WHERE NOT deleted ORDER BY kind, category, name"
)
_OVERRIDES = "SELECT * FROM {overrides} WHERE NOT ended"


class Made(NamedTuple):
    """When an assignment was made, and by whom."""

    since_ms: int | None
    by: str | None
    order: bytes | None = None
    """Its event has the reason."""


class Tree(NamedTuple):
    """Everything but the contents of policies and the places of agents."""

    revision: int
    groups: Groups
    policies: dict[tuple[str, str], Row]
    """Those that are not deleted, by category and name."""
    made: dict[tuple[bytes, str], Made]
    """Of each assignment, by node and category."""
    overrides: dict[bytes, dict[str, Assignment]]
    """What agents have of their own, by agent."""

    def applies(self, group_id: bytes | None, agent_id: bytes = AGENT) -> dict[str, Effective]:
        """What applies to an agent in this group, by category."""
        own: Mapping[str, Assignment] = self.overrides.get(agent_id, NO_OVERRIDES)
        return effective(self.groups.nodes(UUID(bytes=group_id) if group_id else None), own)

    def path(self, group_id: bytes | None) -> str:
        """Where an agent is that was put into this group."""
        return self.groups.path(self.groups.living(UUID(bytes=group_id) if group_id else None).id)

    def assigned_at(self, category: str, name: str) -> list[str]:
        """The paths of the groups that assign a policy."""
        found = []
        for each in self.groups.by_id.values():
            said = each.assignments.get(category)
            if said is not None and any(choice.policy == name for choice in said.choices):
                found.append(self.groups.path(each.id))
        return sorted(found)


def read_tree(view: View) -> Tree:
    """The tree as it is now."""
    revision = view.query("SELECT revision FROM {desired_state}")
    made: dict[tuple[bytes, str], Made] = {}
    groups = _groups(view)
    for row in view.query(_ASSIGNMENTS):
        found = groups.get(UUID(bytes=bytes(row["group_id"])))
        if found is not None:
            found.assignments[row["category"]] = _assignment(row)
            made[found.id.bytes, row["category"]] = _made(row)
    overrides: dict[bytes, dict[str, Assignment]] = {}
    for row in view.query(_OVERRIDES):
        agent_id = bytes(row["agent_id"])
        overrides.setdefault(agent_id, {})[row["category"]] = _assignment(row)
        made[agent_id, row["category"]] = _made(row)
    policies = {(row["category"], row["name"]): row for row in view.query(_POLICIES)}
    return Tree(revision[0]["revision"] if revision else 0, groups, policies, made, overrides)


def _groups(view: View) -> Groups:
    groups = Groups()
    rows = view.query(_GROUPS)
    for row in rows:
        identity = UUID(bytes=bytes(row["group_id"]))
        if row["heir"] is not None:
            groups.heirs[identity] = Heir(UUID(bytes=bytes(row["heir"])), 0)
        else:
            groups.by_id[identity] = Group(identity, row["name"], UUID(bytes=bytes(row["parent"])))
    for each in list(groups.by_id.values()):
        if each.parent is not None:
            groups.by_id[each.parent].children[each.name.casefold()] = each.id
    assert groups.by_id[ROOT_GROUP].name == ROOT_NAME
    return groups


def _made(row: Row) -> Made:
    return Made(row["since_ms"], row["made_by"], None if row["made_for"] is None else bytes(row["made_for"]))


def _assignment(row: dict[str, Any]) -> Assignment:
    return Assignment(choices_of(from_json(row["choices"])), bool(row.get("locked", False)))
