"""Which machines came out of an entry whose key two machines used."""

from typing import Any

from projections.database import Row
from projections.reports.shown import hex_text, id_text, time_text
from projections.reports.view import View

_FORKS = "SELECT * FROM {registrations} WHERE fork_of = ? ORDER BY subject_id LIMIT 64"


def forks_of(view: View, row: Row) -> list[dict[str, Any]]:
    """The registrations that the forked key vouched for, oldest first."""
    return [
        {
            "registration_id": hex_text(each["registration_id"]),
            "agent_id": id_text(each["agent_id"]),
            "name": each["name"],
            "status": each["status"],
            "first_request": time_text(each["first_request_ms"]),
            "address": each["address"],
        }
        for each in view.query(_FORKS, (row["agent_id"],))
    ]
