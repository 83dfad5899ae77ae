"""The system tree: groups, what each assigns, and the revision that every change of the desired state moves on."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from domain.choice import Assignment, Choices, check_choices, choices_of, plain_choices
from domain.effective import Node
from domain.errors import NothingKnown
from domain.group_name import check_name, parts_of
from domain.groups import Group, Groups
from domain.ids import ROOT_GROUP, SYSTEM_TREE_STREAM
from domain.tree_refusals import (
    GroupNotEmpty,
    GroupWithinItself,
    LockedAbove,
    NameTaken,
    RootStays,
    TreeTooLarge,
)

MAX_DEPTH = 16
"""Levels below the group above all."""
MAX_GROUPS = 20_000


POLICY, CATEGORY, SORTING, OVERRIDE, LISTS = "policy", "category", "sorting", "override", "lists"
"""What else belongs to the desired state."""


class Register(NamedTuple):
    """What there is of the desired state in streams of its own: policies by category and name, and so on."""

    policies: set[tuple[str, str]]
    categories: set[str]
    overrides: set[tuple[bytes, str]]


class SystemTree(Aggregate):
    """One tree for the deployment; names are unique among siblings, ignoring case. Its version is the revision."""

    class Planted(Aggregate.Created):
        """The tree with only the group above all."""

        TOPIC = "SystemTree.Planted"

    class GroupCreated(Aggregate.Event):
        """A person made a group."""

        TOPIC = "SystemTree.GroupCreated"
        group_id: bytes
        parent: bytes
        name: str

    class GroupRenamed(Aggregate.Event):
        """A group has another name."""

        TOPIC = "SystemTree.GroupRenamed"
        group_id: bytes
        name: str

    class GroupMoved(Aggregate.Event):
        """A group with everything below it has another place."""

        TOPIC = "SystemTree.GroupMoved"
        group_id: bytes
        parent: bytes

    class GroupDeleted(Aggregate.Event):
        """A group is no more; agents that were in it are in ``into``."""

        TOPIC = "SystemTree.GroupDeleted"
        group_id: bytes
        into: bytes

    class AssignmentMade(Aggregate.Event):
        """A group assigns policies of a category, or a task, to what is in it and below."""

        TOPIC = "SystemTree.AssignmentMade"
        group_id: bytes
        category: str
        choices: list[dict[str, Any]]
        locked: bool

    class AssignmentEnded(Aggregate.Event):
        """A group says nothing of a category any more: what is above it counts."""

        TOPIC = "SystemTree.AssignmentEnded"
        group_id: bytes
        category: str

    class Revised(Aggregate.Event):
        """Something of the desired state was changed that has a stream of its own; ``gone`` when it is no more.

        ``what`` is policy (``category``, ``name``), category (``name``), sorting, override (``category``,
        ``agent_id``), or lists: those of servers and repositories.
        """

        TOPIC = "SystemTree.Revised"
        what: str
        category: str = ""
        name: str = ""
        agent_id: bytes = b""
        gone: bool = False

    @event(Planted)
    def __init__(self) -> None:
        self.groups = Groups()
        self.register = Register(set(), set(), set())

    @classmethod
    def plant(cls) -> "SystemTree":
        """The tree a deployment begins with."""
        return cls._create(cls.Planted, id=SYSTEM_TREE_STREAM)

    def group(self, group_id: UUID) -> Group:
        """The group of this id. NothingKnown."""
        found = self.groups.get(group_id)
        if found is None:
            raise NothingKnown(f"There is no group of the id {group_id}.")
        return found

    def at(self, path: str) -> Group:
        """The group at this path. NothingKnown."""
        found = self.groups.named(parts_of(path))
        if found is None:
            raise NothingKnown(f"There is no group {path}.")
        return found

    def way_of(self, group_id: UUID | None) -> list[Node]:
        """What the groups above an agent say, from the one above all down to that of the agent."""
        return self.groups.nodes(group_id)

    def create(self, group_id: UUID, parent: UUID, name: str) -> None:
        """Make a group. NameTaken, TreeTooLarge, NothingKnown."""
        name = check_name(name)
        self._check_room(self.group(parent), name)
        if len(self.groups.way_to(parent)) > MAX_DEPTH or len(self.groups) > MAX_GROUPS:
            raise TreeTooLarge
        self._created(group_id=group_id.bytes, parent=parent.bytes, name=name)

    def rename(self, group_id: UUID, name: str) -> bool:
        """Give a group another name; False when it has it. NameTaken, RootStays."""
        name, group = check_name(name), self._not_root(group_id)
        if name == group.name:
            return False
        assert group.parent is not None
        self._check_room(self.group(group.parent), name, besides=group_id)
        self._renamed(group_id=group_id.bytes, name=name)
        return True

    def move(self, group_id: UUID, parent: UUID) -> bool:
        """Put a group elsewhere; False when it is there. NameTaken, GroupWithinItself, TreeTooLarge, RootStays."""
        group, above = self._not_root(group_id), self.group(parent)
        if group.parent == parent:
            return False
        self._check_move(group_id, above)
        self._moved(group_id=group_id.bytes, parent=parent.bytes)
        return True

    def delete(self, group_id: UUID, into: UUID | None, agents: int) -> None:
        """Delete a group that is empty, or move what is in it, ``agents`` of them. GroupNotEmpty, RootStays."""
        group = self._not_root(group_id)
        if into is None and (group.children or agents):
            raise GroupNotEmpty(_not_empty(self.groups.path(group_id), len(group.children), agents))
        if into is not None and any(each.id == group_id for each in self.groups.way_to(self.group(into).id)):
            raise GroupWithinItself
        assert group.parent is not None
        heir = into or group.parent
        children = list(group.children.values())
        for child in children:
            # All or nothing: each is checked before the first is moved.
            self._check_move(child, self.group(heir))
        for child in children:
            self._moved(group_id=child.bytes, parent=heir.bytes)
        self._deleted(group_id=group_id.bytes, into=heir.bytes)

    def assign(self, group_id: UUID, category: str, choices: Choices, *, locked: bool) -> bool:
        """Say what applies at a group and below; False when it says so. LockedAbove."""
        group = self.group(group_id)
        check_choices(choices)
        present = group.assignments.get(category)
        if present is not None and (present.choices, present.locked) == (choices, locked):
            return False
        if (lock := self.lock_above(group_id, category)) is not None:
            raise LockedAbove(f"{lock} has locked {category}: what is assigned below it would not count.")
        self._made(group_id=group_id.bytes, category=category, choices=plain_choices(choices), locked=locked)
        return True

    def unassign(self, group_id: UUID, category: str) -> bool:
        """Say nothing of a category at a group any more; False when it did not."""
        if category not in self.group(group_id).assignments:
            return False
        self._ended(group_id=group_id.bytes, category=category)
        return True

    def check_own(self, group_id: UUID, category: str) -> None:
        """An agent in this group is to have something of its own. LockedAbove."""
        if (lock := self.lock_above(group_id, category, itself=True)) is not None:
            raise LockedAbove(f"{lock} has locked {category}: what an agent below it has of its own would not count.")

    def lock_above(self, group_id: UUID, category: str, *, itself: bool = False) -> str | None:
        """The path of a group above, or of this one too, that locks the category; None when none does."""
        way = self.groups.way_to(group_id)
        for each in way if itself else way[:-1]:
            present = each.assignments.get(category)
            if present is not None and present.locked:
                return self.groups.path(each.id)
        return None

    def assigned_at(self, category: str, policy: str) -> Iterator[str]:
        """The paths of the groups that assign a policy."""
        for each in self.groups.by_id.values():
            present = each.assignments.get(category)
            if present is not None and any(choice.policy == policy for choice in present.choices):
                yield self.groups.path(each.id)

    def revise(
        self, what: str, *, category: str = "", name: str = "", agent_id: bytes = b"", gone: bool = False
    ) -> None:
        """Move the revision on for what is kept elsewhere, and know of it."""
        self._revised(what=what, category=category, name=name, agent_id=agent_id, gone=gone)

    def _not_root(self, group_id: UUID) -> Group:
        if group_id == ROOT_GROUP:
            raise RootStays
        return self.group(group_id)

    def _check_move(self, group_id: UUID, parent: Group) -> None:
        way = self.groups.way_to(parent.id)
        if any(each.id == group_id for each in way):
            raise GroupWithinItself
        self._check_room(parent, self.group(group_id).name)
        if len(way) - 1 + self.groups.height(group_id) > MAX_DEPTH:
            raise TreeTooLarge

    def _check_room(self, parent: Group, name: str, besides: UUID | None = None) -> None:
        if parent.children.get(name.casefold(), besides) != besides:
            raise NameTaken(f"{self.groups.path(parent.id)} has a group {name} already.")

    @event(GroupCreated)
    def _created(self, group_id: bytes, parent: bytes, name: str) -> None:
        self.groups.add(UUID(bytes=group_id), UUID(bytes=parent), name, self.version + 1)

    @event(GroupRenamed)
    def _renamed(self, group_id: bytes, name: str) -> None:
        self.groups.rename(UUID(bytes=group_id), name)

    @event(GroupMoved)
    def _moved(self, group_id: bytes, parent: bytes) -> None:
        self.groups.move(UUID(bytes=group_id), UUID(bytes=parent), self.version + 1)

    @event(GroupDeleted)
    def _deleted(self, group_id: bytes, into: bytes) -> None:
        self.groups.remove(UUID(bytes=group_id), UUID(bytes=into), self.version + 1)

    @event(AssignmentMade)
    def _made(self, group_id: bytes, category: str, choices: Sequence[Any], locked: bool) -> None:
        group, changed = self.groups.by_id[UUID(bytes=group_id)], self.version + 1
        group.assignments[category] = Assignment(choices_of(choices), locked, changed)
        group.said[category] = changed

    @event(AssignmentEnded)
    def _ended(self, group_id: bytes, category: str) -> None:
        group = self.groups.by_id[UUID(bytes=group_id)]
        del group.assignments[category]
        group.said[category] = self.version + 1

    @event(Revised)
    def _revised(
        self, what: str, category: str = "", name: str = "", agent_id: bytes = b"", gone: bool = False
    ) -> None:
        found: dict[str, tuple[set[Any], Any]] = {
            POLICY: (self.register.policies, (category, name)),
            CATEGORY: (self.register.categories, name),
            OVERRIDE: (self.register.overrides, (agent_id, category)),
        }
        if what in found:
            known, key = found[what]
            (known.discard if gone else known.add)(key)


def _not_empty(path: str, groups: int, agents: int) -> str:
    held = [
        f"{number} {what}{'s' * (number != 1)}" for number, what in ((groups, "group"), (agents, "agent")) if number
    ]
    return (
        f"The group {path} holds {' and '.join(held)}: put them elsewhere first (`muster agents move`, or"
        f" `muster groups delete {path} --into PATH`), or keep the group."
    )
