"""Groups of the system tree as they were at any time, and which of their changes an agent has seen where it was."""

from bisect import bisect_right
from collections.abc import Generator, Iterator, Sequence
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from domain.ids import ROOT_GROUP, placement_stream
from projections.claims import GREATEST
from projections.database import Row
from projections.reports.view import View

_PLACED = "SELECT position, group_id, back FROM {placed} WHERE placement = ? ORDER BY position"
_INTRODUCED = "SELECT min(position) AS position FROM {timeline} WHERE stream = ?"
_CHANGES = "SELECT position, version, name, parent, heir FROM {group_changes} WHERE group_id = ? ORDER BY position"
_ROOT = ROOT_GROUP.bytes
_T = TypeVar("_T")


class Stay(NamedTuple):
    """An agent was in this group and not elsewhere: after one position, up to another one.

    ``put`` is False for the time in which nobody had put it anywhere.
    """

    group_id: bytes
    after: int
    until: int
    put: bool = True


class GroupChange(NamedTuple):
    """A group on the way to an agent was renamed, moved, deleted, or said what applies; the agent was in ``home``."""

    position: int
    version: int
    group_id: bytes
    home: bytes
    name: str | None
    parent: bytes | None
    heir: bytes | None


class GroupLife:
    """All changes of one group. A busy group has many, and each look is at few of them."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self._names = [(row["position"], row["name"]) for row in rows if row["name"] is not None]
        self._parents = [(row["position"], bytes(row["parent"])) for row in rows if row["parent"] is not None]
        self._heirs = [(row["position"], bytes(row["heir"])) for row in rows if row["heir"] is not None]

    def name(self, position: int) -> str:
        """The name it had then."""
        return _as_of(self._names, position) or ""

    def parent(self, position: int) -> bytes:
        """The group that it was in then."""
        return _as_of(self._parents, position) or _ROOT

    def heir(self, position: int) -> bytes | None:
        """The group that had taken what was in it by then; None while it was there."""
        return _as_of(self._heirs, position)

    def between(self, after: int, until: int) -> Sequence[Row]:
        """What became of it after one position, until another one."""
        first, end = (bisect_right(self._rows, each, key=itemgetter("position")) for each in (after, until))
        return self._rows[first:end]


class GroupHistory:
    """Reads `timeline`; the changes of a group once, when it is first asked for."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._known: dict[bytes, GroupLife] = {}

    def stays(self, agent_id: UUID) -> list[Stay]:
        """Where an agent was, one after the other; before it was put anywhere it was above all."""
        rows = self._view.query(_PLACED, (placement_stream(agent_id).bytes,))
        [came] = self._view.query(_INTRODUCED, (agent_id.bytes,))
        first, *ends = [*(row["position"] for row in rows), GREATEST]
        found: list[Stay] = [Stay(_ROOT, came["position"] or first, first, put=False)]
        last: bytes | None = _ROOT
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
        if change.heir is None and change.parent is None and change.name is None:
            return facts | {"is_in": self.path(change.home, before)}
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
            life = self._life(found)
            names.append(life.name(position))
            found = life.parent(position)
        return "/" + "/".join(names[::-1])

    def _seen(self, stay: Stay, home: bytes) -> Iterator[GroupChange]:
        """Of ``home`` itself, and in turn of whatever was above it at the time."""
        following: tuple[Stay, bytes] | None = stay, home
        while following is not None:  # A heir may be deleted too, and so on, more often than calls may be nested.
            stay, home = following
            following = yield from self._until_deleted(stay, home)

    def _until_deleted(self, stay: Stay, home: bytes) -> Generator[GroupChange, None, tuple[Stay, bytes] | None]:
        """The same as long as the group was there; then how it goes on in its heir."""
        life, since = self._life(stay.group_id), stay.after
        if stay.group_id == _ROOT:
            for row in life.between(stay.after, stay.until):
                yield GroupChange(row["position"], row["version"], _ROOT, home, None, None, None)
            return None
        if (heir := life.heir(since)) is not None:
            return stay._replace(group_id=heir), heir
        above = life.parent(since)
        for row in life.between(stay.after, stay.until):
            position, heir, parent = row["position"], _id(row["heir"]), _id(row["parent"])
            yield GroupChange(position, row["version"], stay.group_id, home, row["name"], parent, heir)
            if heir is not None or parent is not None:
                yield from self._above(above, since, position, home)
                above, since = parent or _ROOT, position
            if heir is not None:
                return Stay(heir, since, stay.until), heir
        yield from self._above(above, since, stay.until, home)
        return None

    def _above(self, group_id: bytes, after: int, until: int, home: bytes) -> Iterator[GroupChange]:
        if after < until:
            yield from self._seen(Stay(group_id, after, until), home)

    def _living(self, group_id: bytes, position: int) -> bytes:
        while (heir := self._life(group_id).heir(position)) is not None:
            group_id = heir
        return group_id

    def _life(self, group_id: bytes) -> GroupLife:
        if group_id not in self._known:
            self._known[group_id] = GroupLife(self._view.query(_CHANGES, (group_id,)))
        return self._known[group_id]


def _as_of(said: Sequence[tuple[int, _T]], position: int) -> _T | None:
    """The newest of what was said until then."""
    found = bisect_right(said, position, key=itemgetter(0))
    return said[found - 1][1] if found else None


def _id(value: bytes | None) -> bytes | None:
    return None if value is None else bytes(value)
