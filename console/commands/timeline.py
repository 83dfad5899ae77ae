"""`muster agents timeline`: all that happened to one agent, or what is sought of it."""

import re
from typing import Annotated, Any

import typer

from console.entry_path import entry_path
from console.results import ListView, Paging, show_list
from console.session import Cursor, DataDir, Every, Limit, Output, session_of

EXAMPLE = "Example: muster agents timeline web-01 --event 'Agent.*' --since 2026-01-01T00:00:00Z"
_COLUMNS = {
    "position": "POSITION",
    "at": "TIME",
    "topic": "EVENT",
    "who": "WHO",
    "shared_from": "SHARED FROM",
    "facts": "FACTS",
}
_SPARE = ("shared_from", "who", "position")
_TELLING = ("reason", "why", "name", "group", "category", "rule", "decision")
_FINGERPRINT = re.compile(r"[0-9a-f]{32,}")
_AGENT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def show_timeline(
    context: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="An agent_id, a registration_id or an unambiguous name.")],
    event: Annotated[
        str | None, typer.Option("--event", metavar="NAME", help="Only events called so: a beginning or a mask.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Only from this time on, as 2026-01-31T08:00:00Z.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help="Only before this time.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    every: Every = False,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Show all that happened to an agent, in order."""
    session = session_of(context, data, output)
    with session.api() as api:
        path = f"{entry_path(api, 'agents', ref)}/timeline"
    view = ListView(path, _COLUMNS, "Nothing happened to this agent yet.", _telling, _SPARE)
    show_list(session, view, Paging(limit, cursor, every), {"event": event, "since": since, "until": until})


def _telling(row: dict[str, Any]) -> dict[str, Any]:
    """What a person wants to know first, agents' ids last; fingerprints not at all, -o json has them."""
    facts = {name: value for name, value in (row.get("facts") or {}).items() if not _is(_FINGERPRINT, value)}
    ids = {name: value for name, value in facts.items() if _is(_AGENT_ID, value)}
    plain = {name: value for name, value in facts.items() if name not in ids}
    first = {name: plain[name] for name in _TELLING if name in plain}
    return row | {"facts": first | plain | ids}


def _is(kind: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and kind.fullmatch(value) is not None
