"""What a registration is a duplicate of, and what the older key's call-ins tell about that."""

from typing import Any

from projections.database import Row
from projections.reports.shown import from_json, hex_text, id_text, time_text
from projections.reports.view import View

_OLDER = (
    "SELECT r.registration_id, r.agent_id, r.name, r.status, c.last_call_in_ms FROM {{registrations}} r"
    " LEFT JOIN {{contacts}} c ON c.subject_id = r.subject_id"
    " WHERE r.registration_id IN ({marks}) ORDER BY r.subject_id"
)


def duplicates_of(view: View, row: Row) -> list[dict[str, Any]]:
    """The older registrations that named one of its resource keys, oldest first."""
    older = [bytes.fromhex(each) for each in from_json(row["duplicate_of"])]
    if not older:
        return []
    found = view.query(_OLDER.format(marks=", ".join("?" * len(older))), older)
    return [
        {
            "registration_id": hex_text(each["registration_id"]),
            "agent_id": id_text(each["agent_id"]),
            "name": each["name"],
            "status": each["status"],
            "last_call_in": time_text(each["last_call_in_ms"]),
            "evidence": _evidence(row, each),
        }
        for each in found
    ]


def _evidence(row: Row, older: Row) -> str:
    """Both alive at once are two machines; a key that fell silent before the new one asked was reinstalled.

    A key that two machines used fell silent because it was lost to both.
    """
    if row["fork_of"] is not None and bytes(older["agent_id"]) == bytes(row["fork_of"]):
        return "forked"
    if bytes(older["agent_id"]) == bytes(row["agent_id"]):
        return "merged"
    if older["last_call_in_ms"] is None:
        return "never_called_in"
    return "another_machine" if older["last_call_in_ms"] > row["first_request_ms"] else "reinstalled"
