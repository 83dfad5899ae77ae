"""`muster registrations policy dry-run`: what a policy would have decided about the recorded first requests."""

import sys
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.ascii_json import ascii_json
from console.commands.registration_policy import PolicyFile
from console.csv_text import csv_text
from console.policy_file import read_policy_file
from console.results import remark
from console.session import DataDir, Every, Form, Output, Session, session_of
from console.tables import print_table

if TYPE_CHECKING:
    from console.api_client import ApiClient

_PATH = "/registration-policy/dry-run"
_COLUMNS = {
    "name": "NAME",
    "first_request": "FIRST REQUEST",
    "then": "THEN",
    "then_by": "BY",
    "now": "WITH THIS",
    "now_by": "BY",
    "rested_on": "RESTED ON",
    "duplicate": "DUPLICATE",
}
_FIELDS = ["registration_id", *_COLUMNS]
EXAMPLE = "Example: muster registrations policy dry-run policy.json --since 2026-01-01T00:00:00Z"
_COUNTS = ("requests", "same", "different", "unknown", "bypassed")


def dry_run(
    context: typer.Context,
    file: PolicyFile,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Only requests from this time on, ISO 8601.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many differences to show; all are counted.")] = 100,
    every: Every = False,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Show which decisions a policy would have changed.

    Runs its rules over the recorded first requests; changes nothing.
    """
    session = session_of(context, data, output)
    policy = read_policy_file(file)
    counts: Counter[str] = Counter()
    with session.api() as api:
        _show(session, _differences(api, policy, since, counts), counts, None if every else limit)


def _differences(
    api: "ApiClient", policy: dict[str, Any], since: str | None, counts: Counter[str]
) -> Iterator[dict[str, Any]]:
    """Part by part, so that a history of any length needs no memory; `counts` grows meanwhile."""
    cursor: str | None = None
    while True:
        part = api.ask(_PATH, policy, {"since": since, "cursor": cursor})
        counts.update({name: part[name] for name in _COUNTS})
        yield from part["items"]
        cursor = part["next"]
        if cursor is None:
            return
        remark(f"{counts['requests']} of {part['total']} requests")


def _show(session: Session, rows: Iterator[dict[str, Any]], counts: Counter[str], limit: int | None) -> None:
    kept: list[dict[str, Any]] = []
    shown = 0
    if session.form is Form.CSV:
        sys.stdout.write(csv_text(_FIELDS, []))
    for row in rows:
        if limit is not None and shown >= limit:
            continue
        shown += 1
        if session.form is Form.CSV:
            sys.stdout.write(csv_text(_FIELDS, [row]).partition("\r\n")[2])
        else:
            kept.append(row)
    summary = {name: counts[name] for name in _COUNTS}
    if session.form is Form.JSON:
        sys.stdout.write(ascii_json(summary | {"items": kept}) + "\n")
        return
    if kept:
        print_table(session.environ, _COLUMNS, kept, spare=("duplicate", "rested_on", "first_request", "then_by"))
    told = sys.stdout.write if session.form is Form.TABLE else sys.stderr.write
    told(_sentence(summary))
    if counts["different"] > shown:
        remark(f"{counts['different'] - shown} more differ: --all shows every one.")


def _sentence(counts: dict[str, int]) -> str:
    return (
        f"{counts['requests']} first requests: {counts['different']} would be decided otherwise, "
        f"{counts['same']} alike; {counts['unknown']} unknown (erased), "
        f"{counts['bypassed']} not decided by the policy. Nothing was changed.\n"
    )
