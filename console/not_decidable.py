"""Why a decision is not open for a registration that matches a filter: in few words, to be counted."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from domain.status import Status

_WHY = {
    ("allow", Status.ALLOWED): "already Allowed",
    ("block", Status.ALLOWED): "must be revoked first",
    ("block", Status.BLOCKED): "already Blocked",
    ("revoke", Status.PENDING): "still Pending, which is blocked instead",
    ("revoke", Status.BLOCKED): "Blocked, so not trusted",
    ("revoke", Status.REVOKED): "already Revoked",
}


def why_not(verb: str, row: dict[str, Any]) -> str:
    """Of a row of the report that does not have `verb` among its actions."""
    if row["replaced_by"]:
        return "keys that others have replaced"
    if row["status"] == Status.FORKED:
        return "Forked, so closed for good"
    return _WHY.get((verb, Status(row["status"])), f"{row['status']}, from where it is not possible")


def counted(reasons: Iterable[str]) -> dict[str, int]:
    """How often each, the most frequent first."""
    return dict(Counter(reasons).most_common())


def told(reasons: dict[str, int]) -> str:
    """For a person."""
    return ", ".join(f"{count} {reason}" for reason, count in reasons.items())
