"""Groups of the system tree as they were at any time, and which of their changes an agent has seen where it was."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

from domain.ids import ROOT_GROUP, placement_stream
from projections.claims import GREATEST
from projections.database import Row
from projections.reports.view import View

_PLACED = "SELECT position, group_id, back FROM {placed} WHERE placement = ? ORDER BY position"
_CHANGES = "SELECT position, version, name, parent, heir FROM {group_changes} WHERE group_id = ? ORDER BY position"
_ROOT = ROOT_GROUP.bytes


class Stay(NamedTuple):
    """An agent was put into this group and not elsewhere: after one position, up to another one."""

    group_id: bytes
    after: int
    until: int


class GroupChange(NamedTuple):
    """A group on the way to an agent was renamed, moved or deleted; the agent was in ``home`` then."""

    position: int
    version: int
    group_id: bytes
    home: bytes
    name: str | None
    parent: bytes | None
    heir: bytes | None


class GroupHistory:
    """Reads `timeline`; the changes of a group once, when it is first asked for."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._known: dict[bytes, list[Row]] = {}

    def stays(self, agent_id: UUID) -> list[Stay]:
        """Where an agent was put, one after the other; before the first it was above all."""
        rows = self._view.query(_PLACED, (placement_stream(agent_id).bytes,))
        ends = [*(row["position"] for row in rows), GREATEST][1:]
        found, last = [], None
        for row, end in zip(rows, ends, strict=True):
            last = last if row["group_id"] is None else bytes(row["group_id"])
            if last is not None and (row["group_id"] is not None or row["back"]):
                found.append(Stay(last, row["position"], end))
        return found

    def seen_from(self, stay: Stay) -> Iterator[GroupChange]:
        """What became of the group and of those above it meanwhile; once it was deleted, of the one that took over."""
        yield from self._seen(stay, stay.group_id)

    def told(self, change: GroupChange) -> dict[str, Any]:
        """A change in words: the group by the path it had, and where the agent was and is."""
        before = change.position - 1
        facts = {"group": self.path(change.group_id, before)}
        if change.name is not None:
            facts["name"] = change.name
        if (target := change.heir or change.parent) is not None:
            facts["into"] = self.path(target, change.position)
        return facts | {"was_in": self.path(change.home, before), "is_in": self.path(change.home, change.position)}

    def path(self, group_id: bytes, position: int) -> str:
        """The path of a group as it was then; of a deleted one, that of the group its agents were in."""
        names: list[str] = []
        found = self._living(group_id, position)
        while found != _ROOT:
            rows = [row for row in self._changes(found) if row["position"] <= position]
            names.append(next((row["name"] for row in rows[::-1] if row["name"] is not None), ""))
            found = next((bytes(row["parent"]) for row in rows[::-1] if row["parent"] is not None), _ROOT)
        return "/" + "/".join(names[::-1])

    def _seen(self, stay: Stay, home: bytes) -> Iterator[GroupChange]:
        """Of ``home`` itself, and in turn of whatever was above it at the time."""
        above, since = _ROOT, stay.after
        for row in self._changes(stay.group_id):
            if row["position"] > stay.until:
                break
            heir, parent = _id(row["heir"]), _id(row["parent"])
            if row["position"] > stay.after:
                yield GroupChange(row["position"], row["version"], stay.group_id, home, row["name"], parent, heir)
            if heir is not None or parent is not None:
                moved = max(row["position"], stay.after)
                yield from self._above(above, since, moved, home)
                above, since = parent or _ROOT, moved
            if heir is not None:
                yield from self._seen(Stay(heir, since, stay.until), heir)
                return
        yield from self._above(above, since, stay.until, home)

    def _above(self, group_id: bytes, after: int, until: int, home: bytes) -> Iterator[GroupChange]:
        if group_id != _ROOT and after < until:
            yield from self._seen(Stay(group_id, after, until), home)

    def _living(self, group_id: bytes, position: int) -> bytes:
        while True:
            rows = [row for row in self._changes(group_id) if row["heir"] is not None and row["position"] <= position]
            if not rows:
                return group_id
            group_id = bytes(rows[0]["heir"])

    def _changes(self, group_id: bytes) -> list[Row]:
        if group_id not in self._known:
            self._known[group_id] = self._view.query(_CHANGES, (group_id,))
        return self._known[group_id]


def _id(value: bytes | None) -> bytes | None:
    return None if value is None else bytes(value)
