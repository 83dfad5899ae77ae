"""What a registration becomes one entry with when it is allowed, told before anybody decides."""

from typing import Any

from domain.agent import Status
from projections.database import Row
from projections.reports.shown import from_json, hex_text, id_text
from projections.reports.view import View

_ALIKE = (
    "SELECT r.registration_id, r.merged_into, r.agent_id, r.name FROM {{registrations}} r"
    " WHERE r.status = ? AND NOT r.apart AND r.agent_id <> ? AND ({older} OR {newer}) ORDER BY r.subject_id LIMIT 1"
)
_NAMES_THE_SAME = (
    "(r.duplicate_of LIKE ? AND r.registration_id IN (SELECT other.registration_id FROM {{named_keys}} mine"
    " JOIN {{named_keys}} other ON other.value_key = mine.value_key WHERE mine.value_key <> '' AND mine.place IN ({})))"
)
_NONE = "1 = 0"


def merges_with(view: View, row: Row) -> dict[str, Any] | None:
    """The Allowed entry; None when there is none, or a person said that this is a machine of its own.

    The worker decides (`handlers/merging.py`); this is what people see beforehand. One of the two names the other as
    the earlier owner of a resource key: this one, or one that was let in before it.
    """
    decided = row["status"] == Status.ALLOWED and row["trusted"]
    if decided or row["status"] == Status.FORKED or row["apart"] or row["merged"]:
        return None
    values: list[Any] = [Status.ALLOWED.value, row["agent_id"]]
    earlier = [bytes.fromhex(each) for each in from_json(row["duplicate_of"])]
    older = f"r.registration_id IN ({_marks(earlier)})" if earlier else _NONE
    values += earlier
    told = [kind for kind in from_json(row["resource_keys"]) if kind not in from_json(row["ignored_keys"])]
    places = [f"{row['subject_id']}/{kind}" for kind in told]
    newer = _NAMES_THE_SAME.format(_marks(places)) if places else _NONE
    values += [f'%"{hex_text(row["registration_id"])}"%', *places] if places else []
    found = view.query(_ALIKE.format(older=older, newer=newer), values)
    if not found:
        return None
    [other] = found
    return {
        "registration_id": hex_text(other["merged_into"] or other["registration_id"]),
        "agent_id": id_text(other["agent_id"]),
        "name": other["name"],
    }


def _marks(values: list[Any]) -> str:
    return ", ".join("?" * len(values))
