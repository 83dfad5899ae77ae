"""What became of one group of the system tree, and of what was put into it and taken out of it."""

from typing import Any

from domain.ids import SYSTEM_TREE_STREAM
from projections.database import Row
from projections.reports.group_history import GroupHistory
from projections.reports.page import NotFound, Page, decode_cursor, encode_cursor, within
from projections.reports.told_events import Told, ToldEvents
from projections.reports.tree import read_tree
from projections.reports.view import View, Views
from projections.system_tree import SYSTEM_TREE
from projections.timeline import TIMELINE
from store.log import EventLog
from store.mapper import EventMapper

_DELETED = (
    "SELECT c.group_id, c.position FROM {group_changes} c JOIN {groups} g ON g.group_id = c.group_id"
    " WHERE c.heir IS NOT NULL AND g.heir IS NOT NULL ORDER BY c.position DESC"
)
_COMING = "SELECT * FROM {group_changes} WHERE group_id = ? OR parent = ? OR heir = ?"
_GOING = (
    "SELECT * FROM {group_changes} c WHERE c.group_id IN (SELECT group_id FROM {group_changes} WHERE parent = ?)"
    " AND (c.parent IS NOT NULL OR c.heir IS NOT NULL) AND ? = (SELECT b.parent FROM {group_changes} b"
    " WHERE b.group_id = c.group_id AND b.position < c.position AND b.parent IS NOT NULL"
    " ORDER BY b.position DESC LIMIT 1)"
)


class GroupEvents:
    """Reads `timeline` and `system_tree`, then the log."""

    def __init__(self, views: Views, log: EventLog, mapper: EventMapper) -> None:
        self._views = views
        self._told = ToldEvents(log, mapper)

    def page(self, path: str, limit: int, cursor: str | None) -> Page:
        """From its making on, newest last; of a deleted group by the path it had, until its end. Raises NotFound."""

        def read(view: View) -> tuple[list[Told], str | None, View]:
            history = GroupHistory(view)
            group_id, after = _group(view, history, path), decode_cursor("group", cursor, int)
            rows = {row["position"]: row for row in view.query(_COMING, (group_id,) * 3)}
            rows |= {row["position"]: row for row in view.query(_GOING, (group_id,) * 2)}
            left = [rows[each] for each in sorted(rows) if after is None or each > after[0]]
            shown = [_told(row, history) for row in left[: within(limit)]]
            more = encode_cursor("group", shown[-1].position) if len(left) > len(shown) else None
            return shown, more, view

        shown, more, view = self._views.look([TIMELINE.name, SYSTEM_TREE.name], read)
        items = [each | {"shared_from": None} for each in self._told.items(shown)]
        return Page(items, more, view.position, view.stale)


def _group(view: View, history: GroupHistory, path: str) -> bytes:
    parts = [part for part in path.strip("/").split("/") if part]
    if (found := read_tree(view).groups.named(parts)) is not None:
        return found.id.bytes
    wanted = "/".join(["", *parts]).casefold()
    for row in view.query(_DELETED):
        if history.path(bytes(row["group_id"]), row["position"] - 1).casefold() == wanted:
            return bytes(row["group_id"])
    raise NotFound(f"There is no group {path}, and there never was one at that path when it was deleted.")


def _told(row: Row, history: GroupHistory) -> Told:
    """The group by the path it had before; a new one by the first it had."""
    position, group_id = row["position"], bytes(row["group_id"])
    made = row["name"] is not None and row["parent"] is not None
    facts: dict[str, Any] = {"group": history.path(group_id, position if made else position - 1)}
    if not made and (target := row["heir"] or row["parent"]) is not None:
        facts["into"] = history.path(bytes(target), position)
    return Told(position, SYSTEM_TREE_STREAM, row["version"], facts)
