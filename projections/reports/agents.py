"""The agents report: who is there, when each last called in, its properties."""

from collections.abc import Mapping
from typing import Any

from domain.agent import Status
from projections.agents import AGENTS
from projections.call_ins import CALL_INS
from projections.database import Row
from projections.delivered import DELIVERED
from projections.reports.listing import Conditions, Wanted, by_name
from projections.reports.liveness import ServedUntil, counted, only_overdue, served_until
from projections.reports.members import groups_of, only_within
from projections.reports.page import Page
from projections.reports.shown import from_json, hex_text, id_text, time_text
from projections.reports.subject import find
from projections.reports.view import View, Views
from projections.service import SERVICE
from projections.system_tree import SYSTEM_TREE

_NAMES = [AGENTS.name, SERVICE.name, CALL_INS.name]
_LISTED = [*_NAMES, SYSTEM_TREE.name]
_CONTACTS = (
    "SELECT k.agent_id, c.* FROM {{contacts}} c JOIN {{agent_keys}} k ON k.subject_id = c.subject_id"
    " WHERE k.agent_id IN ({marks}) ORDER BY c.last_call_in_ms"
)
_PROPERTIES = (
    "SELECT p.* FROM {properties} p JOIN {agent_keys} k ON k.subject_id = p.subject_id"
    " WHERE k.agent_id = ? ORDER BY p.reported_at_ms DESC LIMIT 1"
)
_DELIVERED = (
    "SELECT d.* FROM {delivered} d JOIN {agent_keys} k ON k.subject_id = d.subject_id"
    " WHERE k.agent_id = ? ORDER BY d.since_ms DESC LIMIT 1"
)
_SUMS = "call_ins", "events_delivered"


class Agents:
    """Reads `agents`."""

    def __init__(self, views: Views, interval_s: int) -> None:
        """``interval_s`` is that of agents that never said theirs."""
        self._views = views
        self._interval_s = interval_s

    def page(self, wanted: Wanted, *, overdue: bool = False, group: str | None = None) -> Page:
        """Agents by name; `overdue` leaves those that did not call in as often as they say, `group` its members.

        Raises NotFound.
        """

        def read(view: View) -> Page:
            clock = served_until(view, self._interval_s)
            more = only_overdue(clock) if overdue else Conditions()
            more.join((only_within(view, group) if group is not None else None) or Conditions())
            rows, cursor = by_name(view, "agents", "agent_id", wanted, more)
            contacts, groups = _contacts(view, rows), groups_of(view, (bytes(row["agent_id"]) for row in rows))
            items = [_shown(row, contacts.get(bytes(row["agent_id"]), {}), clock, groups) for row in rows]
            return Page(items, cursor, view.position, view.stale)

        return self._views.look(_LISTED, read)

    def liveness(self) -> dict[str, Any]:
        """How many allowed agents keep to their interval, as of the newest moment at which agents could be served."""

        def read(view: View) -> dict[str, Any]:
            clock = served_until(view, self._interval_s)
            counts = counted(view, clock)
            times = {"as_of": time_text(clock.now_ms or None), "resumed": time_text(clock.resumed_ms or None)}
            return {"counts": counts, **times, "position": view.position, "stale": view.stale}

        return self._views.look(_NAMES, read)

    def one(self, ref: str) -> dict[str, Any]:
        """The agent that is meant, with its properties. Raises NotFound, Ambiguous."""

        def read(view: View) -> dict[str, Any]:
            row = find(view, "agents", ref)
            contact = _contacts(view, [row]).get(bytes(row["agent_id"]), {})
            groups = groups_of(view, [bytes(row["agent_id"])])
            shown = _shown(row, contact, served_until(view, self._interval_s), groups)
            found = view.query(_PROPERTIES, (row["agent_id"],))
            shown["properties"] = from_json(found[0]["properties"]) if found else {}
            shown["properties_at"] = time_text(found[0]["reported_at_ms"]) if found else None
            shown["held"] = _held(view.query(_DELIVERED, (row["agent_id"],)))
            return shown

        return self._views.look([*_LISTED, DELIVERED.name], read)


def _held(rows: list[Row]) -> dict[str, Any] | None:
    """What the agent said last that it holds; None when it never said anything."""
    return (
        {
            "epoch": rows[0]["epoch"],
            "position": rows[0]["position"],
            "items": from_json(rows[0]["items"]),
            "since": time_text(rows[0]["since_ms"]),
        }
        if rows
        else None
    )


def _contacts(view: View, rows: list[Row]) -> dict[bytes, Row]:
    """The last contact of each agent, by whichever of its keys, with what all of them delivered."""
    agents = [row["agent_id"] for row in rows]
    contacts: dict[bytes, Row] = {}
    if not agents:
        return contacts
    for row in view.query(_CONTACTS.format(marks=", ".join("?" * len(agents))), agents):
        agent_id = bytes(row["agent_id"])
        earlier = contacts.get(agent_id, {})
        contacts[agent_id] = row | {name: row[name] + earlier.get(name, 0) for name in _SUMS}
    return contacts


def _liveness(row: Row, contact: Row, clock: ServedUntil) -> dict[str, Any]:
    """Only an allowed agent is expected."""
    interval_s = contact.get("interval_s")
    said = {"interval_s": interval_s, "mode": contact.get("mode")}
    if row["status"] != Status.ALLOWED.value:
        return {"liveness": None, "liveness_since": None, **said}
    state, since = clock.judge(contact.get("last_call_in_ms"), row["allowed_at_ms"], interval_s)
    return {"liveness": state.value, "liveness_since": time_text(since), **said}


def _shown(row: Row, contact: Row, clock: ServedUntil, groups: Mapping[bytes, str]) -> dict[str, Any]:
    return {
        "agent_id": id_text(row["agent_id"]),
        "name": row["name"],
        "status": row["status"],
        "group": groups[bytes(row["agent_id"])],
        "registration_id": hex_text(row["registration_id"]),
        "domain": row["domain"],
        "os": row["os"],
        "user": row["user_name"],
        "address": contact.get("address") or row["address"],
        "last_call_in": time_text(contact.get("last_call_in_ms")),
        "last_number": contact.get("last_number"),
        "last_handler": contact.get("last_handler"),
        "last_why": contact.get("last_why"),
        **_liveness(row, contact, clock),
        "clock_skew_ms": contact.get("clock_skew_ms"),
        "call_ins": contact.get("call_ins", 0),
        "events_delivered": contact.get("events_delivered", 0),
        "fork_of": id_text(row["fork_of"]),
        "version": row["version"],
    }
