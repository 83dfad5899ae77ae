"""Call-ins and delivered events, newest first; of one agent or of all."""

from typing import Any

from domain.diary import Decision
from projections.agent_events import AGENT_EVENTS
from projections.agents import AGENTS
from projections.call_ins import CALL_INS
from projections.database import Row
from projections.reports.page import Page, decode_cursor, encode_cursor, within
from projections.reports.shown import from_json, hex_text, id_text, time_text
from projections.reports.subject import find
from projections.reports.view import View, Views
from wire.types import type_name

_WHO = (
    "SELECT k.subject_id, k.registration_id, k.agent_id, k.home_agent_id, a.name FROM {{agent_keys}} k"
    " LEFT JOIN {{agents}} a ON a.agent_id = k.agent_id WHERE k.{column} IN ({marks})"
)


class CallIns:
    """Reads `call_ins` and `agent_events`, with the names from `agents`."""

    def __init__(self, views: Views) -> None:
        self._views = views

    def page(self, agent: str | None, limit: int, cursor: str | None) -> Page:
        """Numbered packages. Raises NotFound, Ambiguous."""

        def read(view: View) -> Page:
            keys = keys_of(view, agent)
            after = decode_cursor("call_ins", cursor, int)
            conditions, values = _of(keys if agent else None)
            if after is not None:
                conditions.append("position < ?")
                values.append(after[0])
            rows = _newest(view, "call_ins", "position DESC", conditions, values, limit)
            more = encode_cursor("call_ins", rows[within(limit) - 1]["position"]) if len(rows) > within(limit) else None
            return _paged(view, rows[: within(limit)], more, _call_in)

        return self._views.look([CALL_INS.name, AGENTS.name], read)

    def events(self, agent: str | None, limit: int, cursor: str | None) -> Page:
        """Events that agents delivered. Raises NotFound, Ambiguous."""

        def read(view: View) -> Page:
            keys = keys_of(view, agent)
            after = decode_cursor("agent_events", cursor, int, int)
            conditions, values = _of(keys if agent else None)
            if after is not None:
                conditions.append("(position, ordinal) < (?, ?)")
                values += after
            rows = _newest(view, "agent_events", "position DESC, ordinal DESC", conditions, values, limit)
            more = None
            if len(rows) > within(limit):
                last = rows[within(limit) - 1]
                more = encode_cursor("agent_events", last["position"], last["ordinal"])
            return _paged(view, rows[: within(limit)], more, _event)

        return self._views.look([AGENT_EVENTS.name, AGENTS.name], read)


def keys_of(view: View, ref: str | None) -> list[Row]:
    """The keys of the agent that is meant: subject, registration, agent, name. Raises NotFound, Ambiguous."""
    if ref is None:
        return []
    agent_id = find(view, "agents", ref)["agent_id"]
    return view.query(_WHO.format(column="agent_id", marks="?"), (agent_id,))


def _of(keys: list[Row] | None) -> tuple[list[str], list[Any]]:
    if keys is None:
        return [], []
    return [f"subject_id IN ({', '.join('?' * len(keys))})"], [key["subject_id"] for key in keys]


def _newest(view: View, table: str, order: str, conditions: list[str], values: list[Any], limit: int) -> list[Row]:
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    sql = f"SELECT * FROM {{{table}}} {where} ORDER BY {order} LIMIT ?"  # noqa: S608 - names of our own
    return view.query(sql, (*values, within(limit) + 1))


def _paged(view: View, rows: list[Row], more: str | None, shown: Any) -> Page:
    subjects = sorted({row["subject_id"] for row in rows})
    sql = _WHO.format(column="subject_id", marks=", ".join("?" * len(subjects)))
    who = {row["subject_id"]: row for row in view.query(sql, subjects)} if subjects else {}
    items = [_whose(who.get(row["subject_id"], {})) | shown(row) for row in rows]
    return Page(items, more, view.position, view.stale)


def _whose(key: Row) -> dict[str, Any]:
    return {
        "agent_id": id_text(key.get("agent_id")),
        "name": key.get("name"),
        "registration_id": hex_text(key.get("registration_id")),
    }


def decision_name(number: int) -> str:
    """The word for a decision, or its number when this code does not know it."""
    return Decision(number).name.lower() if number in set(Decision) else f"decision-{number}"


def _call_in(row: Row) -> dict[str, Any]:
    return {
        "position": row["position"],
        "at": time_text(row["recorded_at_ms"]),
        "number": row["number"],
        "type": type_name(row["type"]),
        "why": row["why"],
        "handler": row["handler"],
        "decision": decision_name(row["decision"]),
        "agent_time": time_text(row["agent_time_ms"]),
    }


def _event(row: Row) -> dict[str, Any]:
    return {
        "position": row["position"],
        "at": time_text(row["recorded_at_ms"]),
        "event_id": hex_text(row["event_id"]),
        "type": row["type"],
        "time": time_text(row["time_ms"]),
        "data": from_json(row["data"]),
    }
