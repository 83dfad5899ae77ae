"""One decision about one registration: what would come of it is told, also a merge nobody asked for."""

from typing import TYPE_CHECKING, Any, NamedTuple

from console.entry_path import entry_path
from console.exit_code import CommandFailed, ExitCode
from console.not_decidable import why_not
from console.results import show_outcome

if TYPE_CHECKING:
    from console.session import Session

_BECOMES = {"allow": "Allowed", "block": "Blocked", "revoke": "Revoked"}


class One(NamedTuple):
    """What is to be decided about whom; ``merge``: also when two entries become one."""

    verb: str
    ref: str
    reason: str
    if_match: int | None
    dry_run: bool
    merge: bool = False


def decide_one(session: "Session", one: One) -> None:
    """Look, refuse a merge that was not asked for, give the order, tell what became of it."""
    with session.api() as api:
        path = entry_path(api, "registrations", one.ref)
        found = api.get(path)
        row, etag = found.json(), found.headers["ETag"]
        merging = row["merges_with"] if one.verb == "allow" else None
        if one.dry_run:
            document = {"outcome": f"would {one.verb}", "registration": row}
            if one.verb not in row["actions"]:
                document["outcome"] = "would be refused" if _BECOMES[one.verb] != row["status"] else "unchanged"
            show_outcome(session, document, f"{_would(one.verb, row, merging)} Nothing was changed.")
            return
        if merging and not one.merge:
            message = f"{_would(one.verb, row, merging)} To go on: --merge. Nothing was changed."
            raise CommandFailed(ExitCode.CONFLICT, message)
        # A name may come to mean another machine before the order is given; an id cannot.
        path = f"/registrations/{row['registration_id']}"
        etag = etag if one.if_match is None else f'"{one.if_match}"'
        document = api.order("POST", f"{path}/{one.verb}", {"reason": one.reason}, etag)
    show_outcome(session, document, _sentence(document, merging))


def _would(verb: str, row: dict[str, Any], merging: dict[str, Any] | None) -> str:
    if verb not in row["actions"]:
        return f"{row['name']} cannot be decided so ({verb}): {why_not(verb, row)}."
    told = f"{row['name']} would be {_BECOMES[verb]}"
    if merging is None:
        return f"{told}."
    when = "" if row["status"] == "Pending" else ", at its next registration request"
    return (
        f"{told}, and one entry with {_named(merging)}{when}: that is Allowed and names the same resource keys."
        " Should they be two machines, allow it and then `split` it."
    )


def _named(entry: dict[str, Any]) -> str:
    return f"{entry['name']} ({entry['registration_id'][:16]})"


def _sentence(document: dict[str, Any], merging: dict[str, Any] | None) -> str:
    row = document["registration"]
    if row is None or document.get("stale"):
        return "The decision is in the log."
    if document["outcome"] == "unchanged":
        return f"Nothing changed: {row['name']} is {row['status']} already."
    if row["merged_into"]:
        other = _named(merging) if merging else row["merged_into"][:16]
        return f"{row['name']} is {row['status']}, and one entry with {other}: `split` makes them two again."
    if not row["waits_for_request"]:
        return f"{row['name']} is {row['status']}."
    then = f", and then one entry with {_named(merging)}" if merging else ""
    return f"{row['name']} is {row['status']}. It is trusted from its next registration request on{then}."
