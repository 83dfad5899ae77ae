"""The migration window as people see it."""

from typing import Any

from projections.migration_window import MIGRATION_WINDOW
from projections.reports.shown import time_text
from projections.reports.view import View, Views


def migration_window(views: Views) -> dict[str, Any]:
    """Its end, null when it is closed or never was open; version 0 before the first."""

    def read(view: View) -> dict[str, Any]:
        rows = view.query("SELECT * FROM {migration_window}")
        row = rows[0] if rows else {"until_ms": None, "reason": None, "version": 0}
        return {
            "until": time_text(row["until_ms"]),
            "reason": row["reason"],
            "version": row["version"],
            "decided_at": time_text(row.get("decided_at_ms")),
            "decided_by": row.get("decided_by"),
            "position": view.position,
        }

    return views.look([MIGRATION_WINDOW.name], read)
