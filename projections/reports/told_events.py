"""Events of the log in plain words: what they say, what the reports know of them, and why it was ordered."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.persistence import Notification

from projections.reports.reasons import Reasons
from projections.reports.shown import time_text
from projections.reports.summary import summary
from store.log import EventLog
from store.mapper import EventMapper, Recorded
from store.state import UnreadableState

_GROUPS = frozenset({"group_id", "parent", "into"})
"""Ids of groups, where their paths are told instead."""


class Told(NamedTuple):
    """Where an event stands, and what only the reports know of it: paths of groups as they were."""

    position: int
    stream: UUID
    version: int
    facts: dict[str, Any]


class ToldEvents:
    """Reads the log."""

    def __init__(self, log: EventLog, mapper: EventMapper) -> None:
        self._log = log
        self._mapper = mapper
        self._reasons = Reasons(log)

    def items(self, wanted: Sequence[Told], named: Callable[[str], bool] = lambda _: True) -> list[dict[str, Any]]:
        """One for each event that is there and of such a name, in their order, with its position."""
        stored = self._log.rows([(each.stream, each.version) for each in wanted])
        opened: list[tuple[Recorded | dict[str, Any], dict[str, Any]]] = []
        for each in wanted:
            found = stored.get((each.stream, each.version))
            if found is not None and named(found.topic):
                row = Notification(each.stream, each.version, found.topic, found.state, each.position)
                opened.append((self._opened(row), each.facts))
        reasons = self._reasons.of(event.meta.cause for event, _ in opened if isinstance(event, Recorded))
        return [_shown(event, facts, reasons) if isinstance(event, Recorded) else event for event, facts in opened]

    def _opened(self, row: Notification) -> Recorded | dict[str, Any]:
        try:
            return self._mapper.decode(row)
        except UnreadableState as error:
            return {"position": row.id, "topic": row.topic, "unreadable": str(error)}


def _shown(event: Recorded, facts: dict[str, Any], reasons: dict[bytes, str]) -> dict[str, Any]:
    meta = event.meta
    told = {name: value for name, value in summary(event).items() if name not in _GROUPS or not facts}
    if not told.get("reason") and meta.cause in reasons:
        told["reason"] = reasons[meta.cause]
    return {
        "position": event.position,
        "at": time_text(meta.recorded_at_ms),
        "topic": event.topic,
        "who": meta.who or "agent",
        "handler": meta.handler,
        "cause": meta.cause.hex() if meta.cause else None,
        "agent_time": time_text(meta.agent_time_ms),
        "facts": told | facts,
    }
