"""The groups of the system tree, with how many agents are in each and what it assigns."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from domain.choice import plain_choices
from domain.groups import Group
from domain.ids import ROOT_GROUP
from projections.policy_compliance import POLICY_COMPLIANCE
from projections.reports.page import NotFound, Page
from projections.reports.reasons import Reasons
from projections.reports.shown import hex_text, time_text
from projections.reports.tree import Made, Tree, read_tree
from projections.reports.view import View, Views
from projections.system_tree import SYSTEM_TREE
from store.log import EventLog

_MEMBERS = "SELECT group_id, count(*) AS agents FROM {compliance} WHERE NOT merged GROUP BY group_id"


class GroupsReport:
    """Reads `system_tree`, with the numbers from `policy_compliance`."""

    def __init__(self, views: Views, log: EventLog) -> None:
        self._views = views
        self._reasons = Reasons(log)

    def page(self) -> Page:
        """Every group, each below its parent."""

        def read(view: View) -> Page:
            tree = read_tree(view)
            members = _members(view, tree)
            items = [_shown(each, tree, members) for each in tree.groups.below(ROOT_GROUP)]
            return Page(items, None, view.position, view.stale)

        return self._views.look([SYSTEM_TREE.name, POLICY_COMPLIANCE.name], read)

    def one(self, path: str) -> dict[str, Any]:
        """One group by its path, with what it assigns itself and what applies there. Raises NotFound."""

        def read(view: View) -> dict[str, Any]:
            tree = read_tree(view)
            found = tree.groups.named([part for part in path.strip("/").split("/") if part])
            if found is None:
                raise NotFound(f"There is no group {path}.")
            shown = _shown(found, tree, _members(view, tree))
            made = {category: tree.made[found.id.bytes, category] for category in sorted(found.assignments)}
            reasons = self._reasons.of(each.order for each in made.values())
            shown["assignments"] = [_assignment(found, category, each, reasons) for category, each in made.items()]
            shown["applies"] = [
                {
                    "category": each.category,
                    "choices": plain_choices(each.choices),
                    "from": each.source.path,
                    "locked_by": each.locked_by or None,
                }
                for each in tree.applies(found.id.bytes).values()
            ]
            return shown | {"revision": tree.revision, "position": view.position}

        return self._views.look([SYSTEM_TREE.name, POLICY_COMPLIANCE.name], read)


def _members(view: View, tree: Tree) -> Counter[UUID]:
    members: Counter[UUID] = Counter()
    for row in view.query(_MEMBERS):
        put = None if row["group_id"] is None else UUID(bytes=bytes(row["group_id"]))
        members[tree.groups.living(put).id] += row["agents"]
    return members


def _shown(group: Group, tree: Tree, members: Counter[UUID]) -> dict[str, Any]:
    return {
        "path": tree.groups.path(group.id),
        "group_id": hex_text(group.id.bytes),
        "agents": members[group.id],
        "agents_below": sum(members[each.id] for each in tree.groups.below(group.id)),
        "assigns": sorted(group.assignments),
        "locks": sorted(name for name, said in group.assignments.items() if said.locked),
    }


def _assignment(group: Group, category: str, made: Made, reasons: Mapping[bytes, str]) -> dict[str, Any]:
    said = group.assignments[category]
    return {
        "category": category,
        "choices": plain_choices(said.choices),
        "locked": said.locked,
        "since": time_text(made.since_ms),
        "by": made.by,
        "reason": reasons.get(made.order or b""),
    }
