"""An agent's timeline: everything that happened to it in the order of the log, its text made from the log itself."""

from typing import Any, NamedTuple
from uuid import UUID

from domain.ids import SYSTEM_TREE_STREAM, diary_stream, diary_version, placement_stream, registration_stream
from projections.agents import AGENTS
from projections.call_ins import CALL_INS
from projections.claims import GREATEST
from projections.database import Row
from projections.reports.call_ins import keys_of
from projections.reports.group_history import GroupChange, GroupHistory
from projections.reports.page import MAX_LIMIT, Page, decode_cursor, encode_cursor, within
from projections.reports.shown import id_text
from projections.reports.sought_events import SoughtEvents, position_before
from projections.reports.subject import find
from projections.reports.told_events import Told, ToldEvents
from projections.reports.view import View, Views
from projections.timeline import TIMELINE
from store.log import EventLog
from store.mapper import EventMapper

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
    """Where an event stands. ``shared_from`` is the agent whose past it is, when the asked one is a fork of that.

    ``group`` is that of an agent that was put somewhere; ``change`` is what became of it, or of one above it.
    """

    position: int
    stream: UUID
    version: int
    shared_from: bytes = b""
    group: bytes = b""
    change: GroupChange | None = None


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
        self._told = ToldEvents(log, mapper)

    def page(self, ref: str, limit: int, cursor: str | None, sought: SoughtEvents) -> Page:
        """From the first event on, newest last. Raises NotFound, Ambiguous.

        What is sought by name is looked for among so many events: the page after an empty one may have some.
        """
        after = decode_cursor("timeline", cursor, int)
        window = Window(after[0] if after else 0, GREATEST, within(limit) if not sought.event else MAX_LIMIT)
        if sought.since_ms is not None:
            window = window._replace(after=max(window.after, self._before(sought.since_ms)))
        if sought.until_ms is not None:
            window = window._replace(until=self._before(sought.until_ms))

        def read(view: View) -> tuple[list[tuple[Spot, Told]], bool, View]:
            history = GroupHistory(view)
            spots = _spots(view, history, ref, window._replace(limit=window.limit + 1))
            shown = spots[: window.limit]
            return [(each, _told(each, history)) for each in shown], len(spots) > len(shown), view

        told, is_more, view = self._views.look([TIMELINE.name, CALL_INS.name, AGENTS.name], read)
        items = self._items(told, sought)
        shown = items[: within(limit)]
        more = encode_cursor("timeline", told[-1][0].position) if is_more else None
        if len(shown) < len(items):
            more = encode_cursor("timeline", shown[-1]["position"])
        return Page(shown, more, view.position, view.stale)

    def _before(self, moment_ms: int) -> int:
        return position_before(self._log, self._mapper, moment_ms)

    def _items(self, shown: list[tuple[Spot, Told]], sought: SoughtEvents) -> list[dict[str, Any]]:
        shared = {spot.position: spot.shared_from or None for spot, _ in shown}
        items = self._told.items([told for _, told in shown], sought.named)
        return [each | {"shared_from": id_text(shared[each["position"]])} for each in items]


def _told(spot: Spot, history: GroupHistory) -> Told:
    return Told(spot.position, spot.stream, spot.version, _of_groups(spot, history))


def _of_groups(spot: Spot, history: GroupHistory) -> dict[str, Any]:
    """Groups by the paths they had then."""
    if spot.change is not None:
        return history.told(spot.change)
    return {"group": history.path(spot.group, spot.position)} if spot.group else {}


def _spots(view: View, history: GroupHistory, ref: str, window: Window) -> list[Spot]:
    """The first events of a window; of a fork also those of the agent it came out of, until then."""
    keys, limit = keys_of(view, ref), window.limit
    spots = _of_keys(view, history, keys, window)
    [fork] = view.query(_FORK, (find(view, "agents", ref)["agent_id"],))
    for _ in range(MOST_FORKS):
        if fork["fork_of"] is None:
            break
        window = window._replace(until=min(window.until, _parted(view, fork)))
        origin = bytes(fork["fork_of"])
        spots += _of_keys(view, history, view.query(_KEYS, (origin, origin)), window, origin)
        [fork] = view.query(_FORK, (origin,))
    # One change of the tree may have met the agent and one that it was merged with, or came out of: its own counts.
    once = {spot.position: spot for spot in reversed(spots)}
    return sorted(once.values(), key=lambda spot: spot.position)[:limit]


def _parted(view: View, fork: Row) -> int:
    """Where in the log it was found that two machines use one key; where the fork asked, if that was forgotten."""
    [key] = view.query(_FORKED_AT, (bytes(fork["fork_key"]),))
    position: int = key["forked_at"] or fork["forked_at"]
    return position


def _of_keys(
    view: View, history: GroupHistory, keys: list[Row], window: Window, shared_from: bytes = b""
) -> list[Spot]:
    """Events of these keys' agents, registrations and diaries, and of the groups in which the agents were."""
    # The agent itself comes before those that it was merged with.
    agents = list(dict.fromkeys(UUID(bytes=bytes(key[of])) for of in ("agent_id", "home_agent_id") for key in keys))
    streams = {*agents, *(placement_stream(each) for each in agents)}
    streams |= {registration_stream(bytes(key["registration_id"])) for key in keys}
    stays = [stay for agent in agents for stay in history.stays(agent)]
    groups = {stay.after: stay.group_id for stay in stays if stay.put}
    spots: list[Spot] = []
    for stream in streams:
        rows = view.query(_STREAM, (stream.bytes, *window))
        spots += [
            Spot(row["position"], stream, row["version"], shared_from, groups.get(row["position"], b"")) for row in rows
        ]
    for change in (each for stay in stays for each in history.seen_from(stay)):
        if window.after < change.position <= window.until:
            spots.append(Spot(change.position, SYSTEM_TREE_STREAM, change.version, shared_from, change=change))
    for agent in agents:
        rows = view.query(_WAKE_UPS, (agent.bytes, *window))
        spots += [Spot(row["position"], UUID(bytes=bytes(row["stream"])), 1, shared_from) for row in rows]
    for key in keys:
        fingerprint = bytes(key["registration_id"])
        for row in view.query(_DIARY, (key["subject_id"], *window)):
            place = diary_stream(fingerprint, row["number"]), diary_version(row["number"])
            spots.append(Spot(row["position"], *place, shared_from))
    return spots
