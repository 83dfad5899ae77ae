"""Server keys with the agents that rely on each, and how many agents' own keys are too weak."""

from typing import Any

from domain.key_policy import FIRST_MINIMUM, below
from projections.agents import AGENTS
from projections.database import Row
from projections.registration_status import REGISTRATION_STATUS
from projections.reports.page import NotFound, Page
from projections.reports.shown import hex_text, time_text
from projections.reports.view import View, Views
from projections.server_keys import SERVER_KEYS
from wire.certificates import UntrustedCertificate, read_statement
from wire.keys import fingerprint_of
from wire.msgspec_codec import MsgspecCodec

_RELYING = (
    "SELECT c.server_key_version AS version, count(*) AS agents FROM {contacts} c"
    " JOIN {agent_keys} k ON k.subject_id = c.subject_id JOIN {agents} a ON a.agent_id = k.agent_id"
    " JOIN {registrations} r ON r.registration_id = k.registration_id"
    " WHERE a.status = 'Allowed' AND r.replaced_by IS NULL AND r.forked_at_ms IS NULL GROUP BY c.server_key_version"
)
"""A key that another has replaced, or that was forked, relies on nothing any more."""
_ALGORITHMS = (
    "SELECT algorithm, count(*) AS agents FROM {registrations}"
    " WHERE status = 'Allowed' AND replaced_by IS NULL AND forked_at_ms IS NULL GROUP BY algorithm"
)


class ServerKeys:
    """Reads `server_keys`, with the counts from `agents` and `registration_status`."""

    def __init__(self, views: Views) -> None:
        self._views = views

    def all(self) -> Page:
        """Every server key there ever was, oldest first."""

        def read(view: View) -> Page:
            rows = view.query("SELECT * FROM {server_keys} ORDER BY version")
            relying = {row["version"]: row["agents"] for row in view.query(_RELYING)}
            newest = max((row["turn"] for row in rows), default=0)
            items = [_shown(row, newest, relying.get(row["version"], 0)) for row in rows]
            return Page(items, None, view.position, view.stale)

        return self._views.look([SERVER_KEYS.name, AGENTS.name, REGISTRATION_STATUS.name], read)

    def one(self, version: int) -> dict[str, Any]:
        """One server key. Raises NotFound."""
        for each in self.all().items:
            if each["version"] == version:
                return each
        raise NotFound(f"There is no server key of version {version}.")

    def policy(self) -> dict[str, Any]:
        """The least algorithm of agents' keys, and how many allowed agents are below it, by algorithm."""

        def read(view: View) -> dict[str, Any]:
            rows = view.query("SELECT * FROM {key_policy}")
            row: Row = rows[0] if rows else {"minimum": FIRST_MINIMUM, "version": 0}
            counts = {each["algorithm"]: each["agents"] for each in view.query(_ALGORITHMS)}
            weak = {name: count for name, count in sorted(counts.items()) if below(name, row["minimum"])}
            return {
                "minimum": row["minimum"],
                "version": row["version"],
                "decided_at": time_text(row.get("decided_at_ms")),
                "decided_by": row.get("decided_by"),
                "below": sum(weak.values()),
                "below_by_algorithm": weak,
                "position": view.position,
            }

        return self._views.look([SERVER_KEYS.name, REGISTRATION_STATUS.name], read)


def _shown(row: Row, newest_turn: int, agents: int) -> dict[str, Any]:
    return {
        "version": row["version"],
        "algorithm": row["algorithm"],
        "state": _state(row, newest_turn),
        "agents": agents,
        "created_at": time_text(row["created_at_ms"]),
        "created_by": row["created_by"],
        "activated_at": time_text(row["activated_at_ms"]),
        "retired_at": time_text(row["retired_at_ms"]),
        **_certified(row),
        "fingerprint": fingerprint_of(bytes(row["public_key"])).hex(),
        "origin": row["origin"],
        "request": hex_text(row["statement"]) if row["statement"] and not row["is_certified"] else None,
        "reason": row["reason"],
    }


def _state(row: Row, newest_turn: int) -> str:
    if row["deleted_at_ms"] is not None:
        return "deleted"
    if row["retired_at_ms"] is not None:
        return "retired"
    if not row["is_certified"]:
        return "imported" if row["origin"] == "imported" else "created"
    return "current" if row["turn"] == newest_turn else "live"


def _certified(row: Row) -> dict[str, Any]:
    """Until when and from which version on, as the statement has it."""
    try:
        said = read_statement(MsgspecCodec(), bytes(row["statement"] or b""))
    except UntrustedCertificate:
        return {"until": None, "minimum_version": None}
    return {"until": time_text(said.until_ms), "minimum_version": said.minimum_version}
