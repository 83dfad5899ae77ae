"""The groups of the system tree as a structure: who is in whom, paths, what each assigns. No rules, no events."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from domain.choice import Assignment
from domain.effective import Node
from domain.group_name import ROOT_NAME
from domain.ids import ROOT_GROUP


@dataclass
class Group:
    """One group. Versions of the tree: ``changed`` last changed where it stands, ``said`` what it says by category."""

    id: UUID
    name: str
    parent: UUID | None
    changed: int = 0
    children: dict[str, UUID] = field(default_factory=dict)
    """By name, ignoring case."""
    assignments: dict[str, Assignment] = field(default_factory=dict)
    """By category."""
    said: dict[str, int] = field(default_factory=dict)
    """By category, also those of which it says nothing any more."""


class Heir(NamedTuple):
    """Which group took what was in a deleted one, and the version of the tree that deleted it."""

    id: UUID
    since: int


class Groups:
    """Groups by id. ``heirs`` names, for each deleted group, the one that took what was in it."""

    def __init__(self) -> None:
        self.by_id: dict[UUID, Group] = {ROOT_GROUP: Group(ROOT_GROUP, ROOT_NAME, None)}
        self.heirs: dict[UUID, Heir] = {}

    def __len__(self) -> int:
        return len(self.by_id)

    def get(self, group_id: UUID) -> Group | None:
        """The group of this id; None when it never was or is deleted."""
        return self.by_id.get(group_id)

    def living(self, group_id: UUID | None) -> Group:
        """Where an agent is that was put into this group: there, or where it went since; else above all."""
        seen = group_id or ROOT_GROUP
        while seen not in self.by_id:
            seen = self.heirs[seen].id if seen in self.heirs else ROOT_GROUP
        return self.by_id[seen]

    def inherited(self, group_id: UUID | None) -> int:
        """The version of the tree that last deleted a group that an agent put into this one was in; 0 for none."""
        since, seen = 0, group_id or ROOT_GROUP
        while seen in self.heirs:
            seen, since = self.heirs[seen].id, max(since, self.heirs[seen].since)
        return since

    def put_into(self, group_id: UUID) -> set[UUID]:
        """The group and all deleted ones whose agents are in it now."""
        left_to: dict[UUID, list[UUID]] = {}
        for gone, heir in self.heirs.items():
            left_to.setdefault(heir.id, []).append(gone)
        found, waiting = set[UUID](), [group_id]
        while waiting:
            found.add(waiting[-1])
            waiting += left_to.get(waiting.pop(), ())
        return found

    def way_to(self, group_id: UUID) -> list[Group]:
        """The groups from the one above all down to this one."""
        way = [self.by_id[group_id]]
        while (parent := way[-1].parent) is not None:
            way.append(self.by_id[parent])
        return way[::-1]

    def path(self, group_id: UUID) -> str:
        """As people call it: ``/Servers/Linux``."""
        return "/" + "/".join(each.name for each in self.way_to(group_id)[1:])

    def nodes(self, group_id: UUID | None) -> list[Node]:
        """What the groups above an agent say that was put into this one, the one above all first."""
        way = self.way_to(self.living(group_id).id)
        names = [each.name for each in way[1:]]
        found = [
            Node(each.id.bytes, "/" + "/".join(names[:depth]), each.assignments, each.changed, each.said)
            for depth, each in enumerate(way)
        ]
        return [*found[:-1], found[-1]._replace(changed=max(found[-1].changed, self.inherited(group_id)))]

    def named(self, parts: list[str]) -> Group | None:
        """The group at the end of these names; None when there is none."""
        found = self.by_id[ROOT_GROUP]
        for part in parts:
            child = found.children.get(part.casefold())
            if child is None:
                return None
            found = self.by_id[child]
        return found

    def below(self, group_id: UUID) -> Iterator[Group]:
        """The group and everything below it, each after its parent, by name."""
        waiting = [group_id]
        while waiting:
            found = self.by_id[waiting.pop()]
            yield found
            waiting += [each for _, each in sorted(found.children.items(), reverse=True)]

    def height(self, group_id: UUID) -> int:
        """Levels from this group down, 1 for one without children."""
        return 1 + max((self.height(each) for each in self.by_id[group_id].children.values()), default=0)

    def add(self, group_id: UUID, parent: UUID, name: str, changed: int) -> None:
        """A new group."""
        self.by_id[group_id] = Group(group_id, name, parent, changed)
        self.by_id[parent].children[name.casefold()] = group_id

    def rename(self, group_id: UUID, name: str) -> None:
        """Another name at the same place."""
        group = self.by_id[group_id]
        self._leave(group)
        group.name = name
        self._enter(group)

    def move(self, group_id: UUID, parent: UUID, changed: int) -> None:
        """Another place, with everything below."""
        group = self.by_id[group_id]
        self._leave(group)
        group.parent, group.changed = parent, changed
        self._enter(group)

    def remove(self, group_id: UUID, heir: UUID, changed: int) -> None:
        """No longer a group; agents in it are in the heir."""
        self._leave(self.by_id.pop(group_id))
        self.heirs[group_id] = Heir(heir, changed)

    def _leave(self, group: Group) -> None:
        assert group.parent is not None
        del self.by_id[group.parent].children[group.name.casefold()]

    def _enter(self, group: Group) -> None:
        assert group.parent is not None
        self.by_id[group.parent].children[group.name.casefold()] = group.id
