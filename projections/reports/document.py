"""The desired state as one document, and what another document would change and whom that touches."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from domain.agent import Status
from domain.desired_document import AGENT_PREFIX, Assigned, Change, Document, Sort, plain
from domain.desired_effect import Place, taken_from, too_much, touched
from domain.desired_steps import differences_made
from domain.desired_trial import Standing, refusals
from domain.policy import TASKS
from projections.agents import AGENTS
from projections.lists import LISTS
from projections.policy_compliance import POLICY_COMPLIANCE
from projections.reports.policies import settings_of
from projections.reports.shown import from_json
from projections.reports.tree import Tree, read_tree
from projections.reports.view import View, Views
from projections.system_tree import SYSTEM_TREE

RUN_NOW = "run_now"
_CATEGORIES = "SELECT category, definition FROM {policy_categories} WHERE NOT deleted"
_CONTENTS = "SELECT category, name, content FROM {policies} WHERE NOT deleted"
PLACES = (
    "SELECT group_id, overrides <> '[]' AS own, CASE WHEN overrides <> '[]' THEN agent_id END AS agent_id,"
    " count(*) AS agents FROM {compliance} WHERE status = ? AND NOT merged"
    " GROUP BY group_id, overrides <> '[]', CASE WHEN overrides <> '[]' THEN agent_id END"
)
_AGENT_GROUP = "SELECT agent_id, group_id FROM {compliance} WHERE agent_id = ? AND status = ? AND NOT merged"
_MEMBERS = "SELECT group_id, count(*) AS agents FROM {compliance} WHERE NOT merged GROUP BY group_id"
_NAME = "SELECT name FROM {agents} WHERE agent_id = ?"
_GROUP_OF = "SELECT group_id FROM {compliance} WHERE agent_id = ?"


class Planned(NamedTuple):
    """What a document would change, the agents each change touches, the revision that the answer rests on.

    ``refusals`` is why it would be refused, empty when nothing is known to stand against it.
    """

    changes: list[tuple[Change, int]]
    revision: int
    position: int
    refusals: list[str] = []  # noqa: RUF012 - never changed
    taken: int = 0
    """Agents for whom something else would apply because of what is deleted."""


class DocumentReport:
    """Reads `system_tree` and `policy_compliance`."""

    def __init__(self, views: Views) -> None:
        self._views = views

    def export(self) -> dict[str, Any]:
        """The document as it stands in a file."""

        def read(view: View) -> dict[str, Any]:
            tree = read_tree(view)
            return plain(present_document(view, tree), tree.revision)

        return self._views.look([SYSTEM_TREE.name, LISTS.name], read)

    def names(self, agents: Iterable[str]) -> dict[str, str]:
        """What these agents are called, by id; those that nobody knows are left out."""

        def read(view: View) -> dict[str, str]:
            rows = {each: view.query(_NAME, (UUID(each).bytes,)) for each in sorted(set(agents))}
            return {each: found[0]["name"] for each, found in rows.items() if found}

        return self._views.look([AGENTS.name], read)

    def plan(self, wanted: Document) -> Planned:
        """What the document would change."""

        def read(view: View) -> Planned:
            tree = read_tree(view)
            before = present_document(view, tree)
            changes = differences_made(before, wanted)
            places = places_of(view, tree, wanted)
            numbers, heavy = touched(changes, before, wanted, places), too_much(before, wanted, places)
            # Last, for it changes the tree that was read.
            refused = refusals(before, wanted, standing_of(view, tree, wanted)) + ([heavy] if heavy else [])
            taken = taken_from(changes, before, wanted, places)
            return Planned(list(zip(changes, numbers, strict=True)), tree.revision, view.position, refused, taken)

        return self._views.look([SYSTEM_TREE.name, LISTS.name, POLICY_COMPLIANCE.name], read)


def present_document(view: View, tree: Tree) -> Document:
    """The desired state as it is."""
    paths = {each.id: tree.groups.path(each.id) for each in tree.groups.by_id.values()}
    assignments = {
        (paths[group.id], category): Assigned(said.choices, said.locked)
        for group in tree.groups.by_id.values()
        for category, said in group.assignments.items()
    }
    for agent_id, own in tree.overrides.items():
        for category, said in own.items():
            assignments[f"{AGENT_PREFIX}{UUID(bytes=agent_id)}", category] = Assigned(said.choices)
    rules = view.query("SELECT rules FROM {sorting_rules}")
    return Document(
        frozenset(paths.values()) - {"/"},
        {row["category"]: json.loads(row["definition"]) for row in view.query(_CATEGORIES)},
        {(row["category"], row["name"]): _settings(row["category"], row["content"]) for row in view.query(_CONTENTS)},
        assignments,
        tuple(
            Sort(each["name"], each["when"], tree.path(bytes.fromhex(each["group_id"])))
            for each in (from_json(rules[0]["rules"]) if rules else ())
        ),
        {"server": _list(view, "server_list", "servers"), "repository": _list(view, "repository_list", "repositories")},
    )


def _list(view: View, table: str, column: str) -> list[dict[str, Any]]:
    rows = view.query(f"SELECT * FROM {{{table}}}")  # noqa: S608 - names of our own
    found: list[dict[str, Any]] = from_json(rows[0][column]) if rows else []
    return found


def _settings(category: str, content: bytes) -> dict[str, Any]:
    settings = settings_of(content)
    return {key: value for key, value in settings.items() if not (category.startswith(TASKS) and key == RUN_NOW)}


def places_of(view: View, tree: Tree, wanted: Document) -> Counter[Place]:
    """Where allowed agents are; those of which the document speaks by themselves stand alone."""
    places: Counter[Place] = Counter()
    for row in view.query(PLACES, (Status.ALLOWED.value,)):
        agent = "" if row["agent_id"] is None else str(UUID(bytes=bytes(row["agent_id"])))
        places[Place(tree.path(row["group_id"]), agent)] += row["agents"]
    spoken = {node.removeprefix(AGENT_PREFIX) for node, _ in wanted.assignments if node.startswith(AGENT_PREFIX)}
    for agent in sorted(spoken - {each.agent for each in places}):
        for row in view.query(_AGENT_GROUP, (UUID(agent).bytes, Status.ALLOWED.value)):
            path = tree.path(row["group_id"])
            places[Place(path)] -= 1
            places[Place(path, agent)] += 1
    return places


def standing_of(view: View, tree: Tree, wanted: Document) -> Standing:
    """Every agent counts, Allowed or not: a group is empty only when nobody was put there."""
    agents: Counter[UUID] = Counter()
    for row in view.query(_MEMBERS):
        agents[_living(tree, row["group_id"])] += row["agents"]
    spoken = {node.removeprefix(AGENT_PREFIX) for node, _ in wanted.assignments if node.startswith(AGENT_PREFIX)}
    found = {agent: view.query(_GROUP_OF, (UUID(agent).bytes,)) for agent in sorted(spoken)}
    group_of = {agent: _living(tree, rows[0]["group_id"]) for agent, rows in found.items() if rows}
    return Standing(tree.groups, agents, group_of)


def _living(tree: Tree, group_id: bytes | None) -> UUID:
    return tree.groups.living(None if group_id is None else UUID(bytes=bytes(group_id))).id
