"""The registration status report: every request, what became of it, what may be done about it."""

from collections.abc import Callable
from typing import Any

from domain.agent import Status
from projections.agents import AGENTS
from projections.database import Row
from projections.registration_status import REGISTRATION_STATUS
from projections.reports.coming_merge import merges_with
from projections.reports.duplicates import duplicates_of
from projections.reports.forks import forks_of
from projections.reports.listing import Wanted, by_name, conditions
from projections.reports.merged_entries import merged_entries_of
from projections.reports.page import Page
from projections.reports.registration_filter import DAY_MS, Where
from projections.reports.shown import from_json, hex_text, id_text, time_text
from projections.reports.subject import find
from projections.reports.view import View, Views

_TABLE, _IDENTITY = "registrations", "registration_id"
_NAMES = [REGISTRATION_STATUS.name]
ACTIONS: dict[str, list[str]] = {
    Status.PENDING: ["allow", "block"],
    Status.ALLOWED: ["revoke"],
    Status.BLOCKED: ["allow"],
    Status.REVOKED: ["allow", "block"],
    Status.FORKED: [],
}
"""What may be done in each state; the worker decides, this tells people beforehand."""


class Registrations:
    """Reads `registration_status`."""

    def __init__(self, views: Views, clock: Callable[[], int], blocked_listed_days: int) -> None:
        self._views = views
        self._clock = clock
        self._listed_ms = blocked_listed_days * DAY_MS

    def page(self, wanted: Wanted, narrowed: Where) -> Page:
        """Registrations by name."""
        since_ms = self._listed_since_ms()

        def read(view: View) -> Page:
            rows, cursor = by_name(view, _TABLE, _IDENTITY, wanted, narrowed.conditions(since_ms))
            return Page([_shown(row, since_ms) for row in rows], cursor, view.position, view.stale)

        return self._views.look(_NAMES, read)

    def one(self, ref: str) -> dict[str, Any]:
        """The registration that is meant, its duplicates, merged entries and forks. Raises NotFound, Ambiguous."""
        since_ms = self._listed_since_ms()

        def read(view: View) -> dict[str, Any]:
            row = find(view, _TABLE, ref)
            return _shown(row, since_ms) | {
                "duplicates": duplicates_of(view, row),
                "merges_with": merges_with(view, row),
                "merged_entries": merged_entries_of(view, row),
                "forks": forks_of(view, row),
            }

        return self._views.look([*_NAMES, AGENTS.name], read)

    def counts(self, wanted: Wanted, narrowed: Where) -> dict[str, int]:
        """How many entries of those wanted are in each state."""
        where = conditions(_TABLE, _IDENTITY, wanted)
        where.join(narrowed.conditions(self._listed_since_ms()))

        def read(view: View) -> dict[str, int]:
            sql = f"SELECT status, count(*) AS many FROM {{registrations}} {where} GROUP BY status"  # noqa: S608
            rows = view.query(sql, where.values)
            return {status.value: 0 for status in Status} | {row["status"]: row["many"] for row in rows}

        return self._views.look(_NAMES, read)

    def _listed_since_ms(self) -> int:
        return self._clock() - self._listed_ms


def _shown(row: Row, listed_since_ms: int) -> dict[str, Any]:
    return {
        "registration_id": hex_text(row["registration_id"]),
        "agent_id": id_text(row["agent_id"]),
        "name": row["name"],
        "domain": row["domain"],
        "os": row["os"],
        "user": row["user_name"],
        "addresses": from_json(row["addresses"]),
        "address": row["address"],
        "resource_keys": from_json(row["resource_keys"]),
        "ignored_keys": from_json(row["ignored_keys"]),
        "duplicate_of": from_json(row["duplicate_of"]),
        "merged_into": hex_text(row["merged_into"]),
        "status": row["status"],
        "trusted": bool(row["trusted"]),
        "waits_for_request": row["status"] == Status.ALLOWED and not row["trusted"],
        "algorithm": row["algorithm"],
        "first_request": time_text(row["first_request_ms"]),
        "last_request": time_text(row["last_request_ms"]),
        "requests": row["requests"],
        "decided_at": time_text(row["decided_at_ms"]),
        "decided_by": row["decided_by"],
        "reason": row["reason"],
        "refused_reason": row["refused_reason"],
        "refused_at": time_text(row["refused_at_ms"]),
        "replaces": hex_text(row["replaces"]),
        "replaced_by": hex_text(row["replaced_by"]),
        "migrated": bool(row["migrated"]),
        "forked_at": time_text(row["forked_at_ms"]),
        "fork_number": row["fork_number"],
        "fork_of": id_text(row["fork_of"]),
        "version": row["version"],
        "left_the_list": row["quiet_since_ms"] < listed_since_ms,
        "actions": [] if row["replaced_by"] else [*ACTIONS.get(row["status"], []), *_moves(row)],
    }


def _moves(row: Row) -> list[str]:
    """What may be done about a duplicate: a person may always find that two entries are one machine, or are not."""
    if row["merged_into"]:
        return ["split"]
    return ["merge"] if row["duplicate"] and row["status"] in (Status.PENDING, Status.ALLOWED) else []
