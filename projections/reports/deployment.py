"""The deployment's own things: registration policy, tokens, agent handlers, the projections themselves."""

from collections.abc import Callable, Sequence
from typing import Any

from projections.agent_handlers import AGENT_HANDLERS
from projections.builds import State
from projections.database import Row, TableGone
from projections.projection import Projection
from projections.registration_policy import REGISTRATION_POLICY
from projections.reports.page import Page
from projections.reports.shown import from_json, time_text
from projections.reports.view import View, Views
from projections.tokens import TOKENS
from store.log import EventLog
from store.state import UnreadableState, decode_state


class Deployment:
    """Reads `registration_policy`, `tokens`, `agent_handlers`; small lists, never paged."""

    def __init__(self, views: Views) -> None:
        self._views = views

    def registration_policy(self) -> dict[str, Any]:
        """The policy in force; version 0 when none was adopted yet."""

        def read(view: View) -> dict[str, Any]:
            rows = view.query("SELECT * FROM {registration_policy}")
            row: Row = rows[0] if rows else dict(REGISTRATION_POLICY.tables["registration_policy"].defaults)
            return {
                "otherwise": row["otherwise"],
                "duplicates": row["duplicates"],
                "rules": from_json(row["rules"]),
                "version": row["version"],
                "decided_at": time_text(row.get("decided_at_ms")),
                "decided_by": row.get("decided_by"),
                "position": view.position,
            }

        return self._views.look([REGISTRATION_POLICY.name], read)

    def tokens(self) -> Page:
        """All tokens, oldest first, without what could be used to guess them."""

        def read(view: View) -> Page:
            rows = view.query("SELECT * FROM {tokens} ORDER BY issued_at_ms, token_id")
            return Page([_token(row) for row in rows], None, view.position, view.stale)

        return self._views.look([TOKENS.name], read)

    def token(self, token_hash: bytes) -> dict[str, Any] | None:
        """The token with this hash, as it is known now; never waits."""

        def read(view: View) -> dict[str, Any] | None:
            rows = view.query("SELECT * FROM {tokens} WHERE token_hash = ?", (token_hash,))
            return _token(rows[0]) if rows else None

        try:
            return self._views.look([TOKENS.name], read, wait=False)
        except TableGone:
            return None

    def agent_handlers(self) -> Page:
        """All agent handlers by name."""

        def read(view: View) -> Page:
            rows = view.query("SELECT * FROM {agent_handlers} ORDER BY handler")
            return Page([_handler(row) for row in rows], None, view.position, view.stale)

        return self._views.look([AGENT_HANDLERS.name], read)


class Progress:
    """How far each projection has got."""

    def __init__(
        self, views: Views, log: EventLog, projections: Sequence[Projection], clock: Callable[[], int]
    ) -> None:
        self._views = views
        self._log = log
        self._projections = projections
        self._clock = clock

    def all(self) -> list[dict[str, Any]]:
        """Position, lag, parked events and the progress of a rebuild, by projection."""
        head = self._log.head()
        try:
            builds = self._views.builds()
        except TableGone:
            builds = []
        return [self._one(projection, head, builds) for projection in self._projections]

    def _one(self, projection: Projection, head: int, builds: list[Row]) -> dict[str, Any]:
        own = [row for row in builds if row["name"] == projection.name]
        live = next((row for row in own if row["state"] == State.LIVE), None)
        building = next((row for row in own if row["state"] == State.BUILDING), None)
        shown = live or building or {"position": 0, "parked": 0, "version": projection.version}
        position = min(shown["position"], head)
        return {
            "name": projection.name,
            "version": shown["version"],
            "position": shown["position"],
            "head": head,
            "lag_events": head - position,
            "lag_s": self._lag_s(position, head),
            "parked": shown["parked"],
            "rebuilding": None if building is None else _rebuild(building, head),
        }

    def _lag_s(self, position: int, head: int) -> float:
        """How long ago the first event that is not shown yet was recorded."""
        if position >= head or not (following := self._log.read(position, 1)):
            return 0.0
        try:
            recorded_at_ms = decode_state(following[0].state)[0].recorded_at_ms
        except UnreadableState:
            return 0.0
        return max(0, self._clock() - recorded_at_ms) / 1000


def _rebuild(row: Row, head: int) -> dict[str, Any]:
    return {
        "version": row["version"],
        "position": row["position"],
        "percent": round(100 * row["position"] / head, 1) if head else 100.0,
        "started_at": time_text(row["started_at_ms"]),
        "parked": row["parked"],
    }


def _token(row: Row) -> dict[str, Any]:
    return {
        "token_id": row["token_id"],
        "name": row["name"],
        "role": row["role"],
        "issued_at": time_text(row["issued_at_ms"]),
        "issued_by": row["issued_by"],
        "expires_at": time_text(row["expires_at_ms"]),
        "expires_at_ms": row["expires_at_ms"],
        "last_used_at": time_text(row["used_at_ms"]),
        "revoked": row["revoked_at_ms"] is not None,
        "revoked_at": time_text(row["revoked_at_ms"]),
    }


def _handler(row: Row) -> dict[str, Any]:
    return {
        "handler": row["handler"],
        "started_at": time_text(row["started_at_ms"]),
        "announced": time_text(row["announced_at_ms"]),
        "starts": row["starts"],
    }
