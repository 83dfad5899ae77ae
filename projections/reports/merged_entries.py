"""Which registrations were merged into an entry."""

from typing import Any

from projections.database import Row
from projections.reports.shown import hex_text, id_text, time_text
from projections.reports.view import View

_MERGED = (
    "SELECT * FROM {registrations} WHERE agent_id = ? AND merged_into IS NOT NULL AND replaced_by IS NULL AND used"
    " ORDER BY subject_id LIMIT 64"
)


def merged_entries_of(view: View, row: Row) -> list[dict[str, Any]]:
    """What `split` would make entries of their own again, oldest first; none of an entry that is merged itself."""
    if row["merged_into"] is not None:
        return []
    return [
        {
            "registration_id": hex_text(each["registration_id"]),
            "home_agent_id": id_text(each["home_agent_id"]),
            "name": each["name"],
            "first_request": time_text(each["first_request_ms"]),
            "address": each["address"],
        }
        for each in view.query(_MERGED, (row["agent_id"],))
    ]
