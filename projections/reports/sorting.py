"""The sorting rules, and where other rules would put the agents that are there."""

from typing import Any

from domain.errors import MalformedOrder
from domain.group_name import parts_of
from projections.agents import AGENTS
from projections.database import Row
from projections.policy_compliance import POLICY_COMPLIANCE
from projections.reports.listing import Wanted, by_name
from projections.reports.page import Page
from projections.reports.progress import facts_of
from projections.reports.shown import from_json, id_text, time_text
from projections.reports.tree import Tree, read_tree
from projections.reports.view import View, Views
from projections.system_tree import SYSTEM_TREE
from wire.conditions import holds, read

Rule = tuple[str, dict[str, Any] | None, str]
"""Name, condition, path of the group."""


class Sorting:
    """Reads `system_tree`, `policy_compliance` and `agents`."""

    def __init__(self, views: Views) -> None:
        self._views = views

    def rules(self) -> dict[str, Any]:
        """The rules in force, in order."""

        def read_rules(view: View) -> dict[str, Any]:
            rows, tree = view.query("SELECT * FROM {sorting_rules}"), read_tree(view)
            row: Row = rows[0] if rows else {"rules": "[]", "decided_at_ms": None, "decided_by": None}
            return {
                "rules": [_shown(each, tree) for each in from_json(row["rules"])],
                "decided_at": time_text(row["decided_at_ms"]),
                "decided_by": row["decided_by"],
                "revision": tree.revision,
                "position": view.position,
            }

        return self._views.look([SYSTEM_TREE.name], read_rules)

    def dry_run(self, rules: list[Rule], limit: int, cursor: str | None) -> Page:
        """Agents whom these rules would put elsewhere, of a part of them by name. The rules were judged before."""

        def tried(view: View) -> Page:
            tree = read_tree(view)
            conditions = [(name, read(when), path) for name, when, path in rules]
            rows, more = by_name(view, "agents", "agent_id", Wanted(limit=limit, cursor=cursor))
            facts, items = facts_of(view, rows), []
            places = {
                bytes(row["agent_id"]): row["group_id"] for row in view.query("SELECT agent_id, group_id FROM {places}")
            }
            for row in rows:
                agent_id = bytes(row["agent_id"])
                told = facts.get(agent_id, {"addresses": [row["address"]], "properties": {}})
                rule = next(
                    (each for each in conditions if holds(each[1], told["addresses"], told["properties"])), None
                )
                now = tree.path(places.get(agent_id))
                if rule is not None and rule[2].casefold() != now.casefold():
                    found = {"agent_id": id_text(agent_id), "name": row["name"], "now": now}
                    items.append(found | {"then": rule[2], "rule": rule[0]})
            return Page(items, more, view.position, view.stale)

        return self._views.look([SYSTEM_TREE.name, POLICY_COMPLIANCE.name, AGENTS.name], tried)

    def unknown_groups(self, paths: list[str]) -> list[str]:
        """Those of the paths at which there is no group."""

        def look(view: View) -> list[str]:
            tree = read_tree(view)
            return [path for path in paths if not _is_there(path, tree)]

        return self._views.look([SYSTEM_TREE.name], look)


def _is_there(path: str, tree: Tree) -> bool:
    try:
        return tree.groups.named(parts_of(path)) is not None
    except MalformedOrder:
        return False


def _shown(rule: dict[str, Any], tree: Tree) -> dict[str, Any]:
    return {"name": rule["name"], "when": rule["when"], "group": tree.path(bytes.fromhex(rule["group_id"]))}
