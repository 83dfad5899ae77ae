"""The system tree as plain data and back: what a snapshot keeps of it, and what goes on from there by its events."""

from typing import Any
from uuid import UUID

from eventsourcing.domain import Snapshot
from eventsourcing.utils import get_topic

from domain.choice import Assignment, choices_of, plain_choices
from domain.groups import Group, Groups, Heir
from domain.ids import SYSTEM_TREE_STREAM
from domain.system_tree import Register, SystemTree

FORMAT = 1
"""Grows with every change of what is kept here, or of what the tree makes of its events: others are not read."""


def plain_of(tree: SystemTree) -> list[Any]:
    """Everything the tree remembers; groups name their children in order."""
    state = Snapshot.take(tree).state
    groups, register = state["groups"], state["register"]
    return [
        state["_created_on"],
        state["_modified_on"],
        [_plain_group(each) for each in groups.by_id.values()],
        [[gone.bytes, heir.id.bytes, heir.since] for gone, heir in groups.heirs.items()],
        [sorted(each) for each in register],
    ]


def tree_of(plain: list[Any], version: int) -> SystemTree:
    """The tree that was kept as this, in the version it had."""
    created_on, modified_on, rows, heirs, known = plain
    groups = Groups()
    groups.by_id = {group.id: group for group in map(_group, rows)}
    groups.heirs = {UUID(bytes=gone): Heir(UUID(bytes=heir), since) for gone, heir, since in heirs}
    for identity, _, _, _, children, _, _ in rows:
        children_of = groups.by_id[UUID(bytes=identity)].children
        for child in map(groups.by_id.__getitem__, (UUID(bytes=each) for each in children)):
            children_of[child.name.casefold()] = child.id
    policies, categories, overrides = known
    register = Register({(category, name) for category, name in policies}, set(categories), _pairs(overrides))
    state = {"_created_on": created_on, "_modified_on": modified_on, "groups": groups, "register": register}
    kept = Snapshot(
        originator_id=SYSTEM_TREE_STREAM,
        originator_version=version,
        timestamp=modified_on,
        topic=get_topic(SystemTree),
        state=state,
    )
    tree = kept.mutate(None)
    assert isinstance(tree, SystemTree)
    return tree


def _plain_group(group: Group) -> list[Any]:
    said = [
        [category, plain_choices(each.choices), each.locked, each.changed]
        for category, each in group.assignments.items()
    ]
    parent = None if group.parent is None else group.parent.bytes
    children = [each.bytes for each in group.children.values()]
    return [group.id.bytes, group.name, parent, group.changed, children, said, group.said]


def _group(row: list[Any]) -> Group:
    identity, name, parent, changed, _, assignments, said = row
    group = Group(UUID(bytes=identity), name, None if parent is None else UUID(bytes=parent), changed)
    for category, choices, locked, since in assignments:
        group.assignments[category] = Assignment(choices_of(choices), locked, since)
    group.said.update(said)
    return group


def _pairs(plain: list[list[Any]]) -> set[tuple[bytes, str]]:
    return {(agent_id, category) for agent_id, category in plain}
