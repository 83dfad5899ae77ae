"""Tries a document on a copy of the system tree: every refusal that the order would meet, without giving it."""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID, uuid5

from domain.builtin_categories import schema_of
from domain.choice import check_choices
from domain.desired_document import AGENT_PREFIX, Change, Document
from domain.desired_steps import steps
from domain.errors import OrderRefused
from domain.group_name import parts_of
from domain.groups import Groups
from domain.ids import NS
from domain.known_category import check_known
from domain.policy_category import faults_in
from domain.system_tree import SystemTree
from domain.tree_refusals import ContentRefused, GroupNotEmpty


class Standing(NamedTuple):
    """The tree as it is, which the trial changes; agents in each group itself; in which group agents are, by id."""

    groups: Groups
    agents: Mapping[UUID, int]
    group_of: Mapping[str, UUID]


def refusals(before: Document, wanted: Document, standing: Standing) -> list[str]:
    """Why the order would be refused, each reason once; empty when nothing of the tree stands against it."""
    trial = _Trial(before, wanted, standing)
    found: list[str] = []
    for change in steps(before, wanted):
        try:
            trial.make(change)
        except OrderRefused as refusal:
            found.append(str(refusal))
    return list(dict.fromkeys(found))


def known_in(document: Document) -> set[str]:
    """The categories that are known by a document."""
    return {*document.categories, *(category for category, _ in document.policies)}


class _Trial:
    def __init__(self, before: Document, wanted: Document, standing: Standing) -> None:
        self._wanted = wanted
        self._standing = standing
        self._tree = SystemTree.plant()
        self._tree.groups = standing.groups
        self._schemas = before.categories | wanted.categories
        self._known = known_in(before) | known_in(wanted)
        self._stay: set[UUID] = set()
        """Groups of which it was said that they cannot be deleted, and those above them."""

    def make(self, change: Change) -> None:
        """One step. OrderRefused as the order would be."""
        match change.kind, change.action:
            case "group", "create":
                *above, name = parts_of(change.key[0])
                parent = self._tree.at("/" + "/".join(above)).id
                self._tree.create(uuid5(NS, f"trial{change.key[0]}"), parent, name)
            case "group", _:
                self._delete(change.key[0])
            case (("policy" | "task"), ("create" | "change")):
                self._write(change.key[0], change.key[1])
            case "assignment", "delete":
                if not change.key[0].startswith(AGENT_PREFIX):
                    self._tree.unassign(self._tree.at(change.key[0]).id, change.key[1])
            case "assignment", _:
                self._assign(change.key[0], change.key[1])

    def _delete(self, path: str) -> None:
        group = self._tree.at(path).id
        agents = self._standing.agents.get(group, 0)
        if group in self._stay and not agents:
            return  # Only because of a group below it, of which that was said already.
        try:
            self._tree.delete(group, None, agents)
        except GroupNotEmpty:
            self._stay |= {each.id for each in self._tree.groups.way_to(group)}
            raise

    def _write(self, category: str, name: str) -> None:
        schema = schema_of(category) or self._schemas.get(category)
        if schema and (faults := faults_in(self._wanted.policies[category, name], schema)):
            raise ContentRefused(f"{category} {name}: {'; '.join(faults)}")

    def _assign(self, node: str, category: str) -> None:
        said = self._wanted.assignments[node, category]
        check_known(category, self._known)
        check_choices(said.choices)
        if not node.startswith(AGENT_PREFIX):
            self._tree.assign(self._tree.at(node).id, category, said.choices, locked=said.locked)
        elif (group := self._standing.group_of.get(node.removeprefix(AGENT_PREFIX))) is not None:
            self._tree.check_own(group, category)
