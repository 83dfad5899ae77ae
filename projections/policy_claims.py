"""What an agent says it holds and enforces, as far as there is such a policy: what it makes up is left out."""

from collections.abc import Iterator, Mapping
from typing import Any

from projections.claims import text, whole
from projections.rows import Rows

ENFORCED, DRIFTED, FAILED = "enforced", "drifted", "failed"
NEWEST = "policy_newest"
"""The table of policies and their newest versions."""
MAX_UNKNOWN = 16
"""Items an agent may name that are no versions of a policy (lists are none) before the rest is not looked at."""
MAX_DETAIL = 500
_ID_SIZE = 16


def enforced_claims(events: object, at_ms: int, rows: Rows) -> Iterator[list[Any]]:
    """Category, policy id, version, state, detail, time of each event that says what became of a policy."""
    unknown = 0
    said = [each["data"] for each in events if _tells_enforcement(each)] if isinstance(events, list) else []
    for data in said:
        if (entry := _entry(data, at_ms)) is None:
            continue
        if _written(bytes.fromhex(entry[1]), entry[2], rows, category=entry[0]):
            yield entry
        elif (unknown := unknown + 1) >= MAX_UNKNOWN:
            return


def held_claims(items: Mapping[bytes, int], rows: Rows) -> list[list[Any]]:
    """The versions of policies among what an agent names."""
    found: list[list[Any]] = []
    unknown = 0
    for identity, version in items.items():
        if _written(identity, version, rows):
            found.append([identity.hex(), version])
        elif (unknown := unknown + 1) >= MAX_UNKNOWN:
            break
    return found


def _written(policy_id: bytes, version: int, rows: Rows, category: str | None = None) -> bool:
    """Whether there is this version of a policy. What agents name besides would make a place's counts ever longer."""
    row = rows.get(NEWEST, policy_id)
    return row is not None and 1 <= version <= row["newest"] and category in (None, row["category"])


def _tells_enforcement(event: object) -> bool:
    return isinstance(event, dict) and event.get("type") == "PolicyEnforced" and isinstance(event.get("data"), dict)


def _entry(data: dict[str, Any], at_ms: int) -> list[Any] | None:
    identity, version = data.get("id"), whole(data.get("version"))
    category, outcome = text(data.get("category")), data.get("outcome")
    if not isinstance(identity, bytes) or len(identity) != _ID_SIZE or version is None or not category:
        return None
    if outcome not in ("enforced", "mended", "failed"):
        return None
    drifted = data.get("drift") is True or outcome == "mended"
    state = FAILED if outcome == "failed" else DRIFTED if drifted else ENFORCED
    return [category, identity.hex(), version, state, text(data.get("detail"), MAX_DETAIL), at_ms]
