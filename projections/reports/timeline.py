"""An agent's timeline: everything that happened to it in the order of the log, its text made from the log itself."""

from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.persistence import Notification

from domain.ids import diary_stream, diary_version, placement_stream, registration_stream
from projections.agents import AGENTS
from projections.call_ins import CALL_INS
from projections.claims import GREATEST
from projections.database import Row
from projections.reports.call_ins import keys_of
from projections.reports.page import Page, decode_cursor, encode_cursor, within
from projections.reports.shown import id_text, time_text
from projections.reports.subject import find
from projections.reports.summary import summary
from projections.reports.tree import read_tree
from projections.reports.view import View, Views
from projections.system_tree import SYSTEM_TREE
from projections.timeline import TIMELINE
from store.log import EventLog
from store.mapper import EventMapper, Recorded
from store.state import UnreadableState

_STREAM = (
    "SELECT position, version FROM {timeline} WHERE stream = ? AND position > ? AND position <= ?"
    " ORDER BY position LIMIT ?"
)
_FORK = "SELECT agent_id, fork_of, fork_key, forked_at FROM {agents} WHERE agent_id = ?"
_FORKED_AT = "SELECT forked_at FROM {agent_keys} WHERE registration_id = ?"
_KEYS = (
    "SELECT subject_id, registration_id, agent_id, home_agent_id FROM {agent_keys}"
    " WHERE agent_id = ? OR home_agent_id = ?"
)
_WAKE_UPS = (
    "SELECT position, stream FROM {wake_ups} WHERE agent_id = ? AND position > ? AND position <= ?"
    " ORDER BY position LIMIT ?"
)
_DIARY = (
    "SELECT position, number FROM {call_ins} WHERE subject_id = ? AND position > ? AND position <= ?"
    " ORDER BY position LIMIT ?"
)
MOST_FORKS = 16
"""Forks of forks whose common past is shown."""


class Spot(NamedTuple):
    """Where an event stands. ``shared_from`` is the agent whose past it is, when the asked one is a fork of that."""

    position: int
    stream: UUID
    version: int
    shared_from: bytes = b""


class Window(NamedTuple):
    """Which part of the log is looked at: after one position, until another one, at most so many events."""

    after: int
    until: int
    limit: int


class Timeline:
    """Reads `timeline`, `call_ins` and `agents`, then the log."""

    def __init__(self, views: Views, log: EventLog, mapper: EventMapper) -> None:
        self._views = views
        self._log = log
        self._mapper = mapper

    def page(self, ref: str, limit: int, cursor: str | None) -> Page:
        """From the first event on, newest last. Raises NotFound, Ambiguous."""

        def read(view: View) -> tuple[list[Spot], View]:
            after = decode_cursor("timeline", cursor, int)
            return _spots(view, ref, after[0] if after else 0, within(limit) + 1), view

        spots, view = self._views.look([TIMELINE.name, CALL_INS.name, AGENTS.name], read)
        shown = spots[: within(limit)]
        more = encode_cursor("timeline", shown[-1].position) if len(spots) > len(shown) else None
        return Page(self._with_paths(self._items(shown)), more, view.position, view.stale)

    def _with_paths(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Groups by the paths they have now instead of their ids."""
        placed = [each["facts"] for each in items if "group_id" in each.get("facts", {})]
        if placed:
            tree = self._views.look([SYSTEM_TREE.name], read_tree, wait=False)
            for facts in placed:
                facts["group"] = tree.path(bytes.fromhex(facts.pop("group_id")))
        return items

    def _items(self, spots: list[Spot]) -> list[dict[str, Any]]:
        stored = self._log.rows([(spot.stream, spot.version) for spot in spots])
        items = []
        for spot in spots:
            if (found := stored.get((spot.stream, spot.version))) is not None:
                row = Notification(
                    found.originator_id, found.originator_version, found.topic, found.state, spot.position
                )
                items.append(self._item(row) | {"shared_from": id_text(spot.shared_from or None)})
        return items

    def _item(self, row: Notification) -> dict[str, Any]:
        try:
            event = self._mapper.decode(row)
        except UnreadableState as error:
            return {"position": row.id, "topic": row.topic, "unreadable": str(error)}
        return _shown(event)


def _shown(event: Recorded) -> dict[str, Any]:
    meta = event.meta
    return {
        "position": event.position,
        "at": time_text(meta.recorded_at_ms),
        "topic": event.topic,
        "who": meta.who or "agent",
        "handler": meta.handler,
        "cause": meta.cause.hex() if meta.cause else None,
        "agent_time": time_text(meta.agent_time_ms),
        "facts": summary(event),
    }


def _spots(view: View, ref: str, after: int, limit: int) -> list[Spot]:
    """The first `limit` events after a position; of a fork also those of the agent it came out of, until then."""
    keys, window = keys_of(view, ref), Window(after, GREATEST, limit)
    spots = _of_keys(view, keys, window)
    [fork] = view.query(_FORK, (find(view, "agents", ref)["agent_id"],))
    for _ in range(MOST_FORKS):
        if fork["fork_of"] is None:
            break
        window = window._replace(until=min(window.until, _parted(view, fork)))
        origin = bytes(fork["fork_of"])
        spots += _of_keys(view, view.query(_KEYS, (origin, origin)), window, origin)
        [fork] = view.query(_FORK, (origin,))
    return sorted(spots, key=lambda spot: spot.position)[:limit]


def _parted(view: View, fork: Row) -> int:
    """Where in the log it was found that two machines use one key; where the fork asked, if that was forgotten."""
    [key] = view.query(_FORKED_AT, (bytes(fork["fork_key"]),))
    position: int = key["forked_at"] or fork["forked_at"]
    return position


def _of_keys(view: View, keys: list[Row], window: Window, shared_from: bytes = b"") -> list[Spot]:
    """Events of these keys' agents, registrations and diaries."""
    agents = {UUID(bytes=bytes(key[column])) for key in keys for column in ("agent_id", "home_agent_id")}
    streams = agents | {placement_stream(each) for each in agents}
    streams |= {registration_stream(bytes(key["registration_id"])) for key in keys}
    spots: list[Spot] = []
    for stream in streams:
        rows = view.query(_STREAM, (stream.bytes, *window))
        spots += [Spot(row["position"], stream, row["version"], shared_from) for row in rows]
    for agent in agents:
        rows = view.query(_WAKE_UPS, (agent.bytes, *window))
        spots += [Spot(row["position"], UUID(bytes=bytes(row["stream"])), 1, shared_from) for row in rows]
    for key in keys:
        fingerprint = bytes(key["registration_id"])
        for row in view.query(_DIARY, (key["subject_id"], *window)):
            place = diary_stream(fingerprint, row["number"]), diary_version(row["number"])
            spots.append(Spot(row["position"], *place, shared_from))
    return spots
