"""The install tickets, newest first; a small list, never paged."""

from collections.abc import Callable
from typing import Any

from projections.database import Row
from projections.install_tickets import INSTALL_TICKETS
from projections.registration_status import REGISTRATION_STATUS
from projections.reports.page import MAX_LIMIT, Page
from projections.reports.shown import hex_text, time_text
from projections.reports.view import View, Views

_ALL = (
    "SELECT t.*, r.name FROM {install_tickets} t LEFT JOIN {registrations} r ON r.registration_id = t.used_by"
    " ORDER BY t.issued_at_ms DESC, t.ticket_id LIMIT ?"
)


class InstallTickets:
    """Reads `install_tickets`."""

    def __init__(self, views: Views, clock: Callable[[], int]) -> None:
        self._views = views
        self._clock = clock

    def page(self) -> Page:
        """The newest thousand."""

        def read(view: View) -> Page:
            now_ms = self._clock()
            items = [_shown(row, now_ms) for row in view.query(_ALL, (MAX_LIMIT,))]
            return Page(items, None, view.position, view.stale)

        return self._views.look([INSTALL_TICKETS.name, REGISTRATION_STATUS.name], read)


def _shown(row: Row, now_ms: int) -> dict[str, Any]:
    return {
        "ticket_id": row["ticket_id"],
        "state": _state(row, now_ms),
        "bound_to": hex_text(row["bound_to"]),
        "issued_at": time_text(row["issued_at_ms"]),
        "issued_by": row["issued_by"],
        "expires_at": time_text(row["expires_at_ms"]),
        "used_at": time_text(row["used_at_ms"]),
        "used_by": hex_text(row["used_by"]),
        "used_by_name": row["name"] or None,
        "revoked_at": time_text(row["revoked_at_ms"]),
    }


def _state(row: Row, now_ms: int) -> str:
    if row["used_at_ms"] is not None:
        return "used"
    if row["revoked_at_ms"] is not None:
        return "revoked"
    return "expired" if row["expires_at_ms"] <= now_ms else "open"
