"""One decision about all registrations that match a filter: counted first, then one order for each."""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from console.ascii_json import ascii_json
from console.exit_code import CommandFailed, ExitCode
from console.not_decidable import counted, told, why_not
from console.results import remark
from console.session import Form, Session
from console.tables import print_table

if TYPE_CHECKING:
    from console.api_client import ApiClient

_COLUMNS = {"name": "NAME", "status": "STATUS", "registration_id": "REGISTRATION ID", "outcome": "OUTCOME"}
_PROGRESS_EVERY = 500
MERGED = "done and merged"
"""The machine is Allowed, and one entry with another that is."""


class Bulk(NamedTuple):
    """What is to be decided: `filters` as the API takes them, `confirm` the count that was seen."""

    verb: str
    filters: Mapping[str, str]
    reason: str
    confirm: int | None
    dry_run: bool


class Target(NamedTuple):
    """A registration as it was seen: decided about only if it still has this version."""

    registration_id: str
    name: str
    status: str
    version: int
    duplicate: bool


def decide_in_bulk(session: Session, bulk: Bulk) -> None:
    """Show the count, refuse when it is not the confirmed one, give the orders, tell what became of them."""
    with session.api() as api:
        legal, others = _targets(api, bulk)
        seen = _counted(bulk, legal, others)
        if bulk.dry_run:
            _show(session, [(each, f"would {bulk.verb}") for each in legal], f"{seen}. Nothing was changed.")
            return
        if bulk.confirm is None:
            message = f"{seen}. To go on: --confirm {len(legal)}. Nothing was changed."
            raise CommandFailed(ExitCode.USAGE, message)
        if bulk.confirm != len(legal):
            message = f"{seen}. You confirmed {bulk.confirm}: look again. Nothing was changed."
            raise CommandFailed(ExitCode.CONFLICT, message)
        outcomes = _ordered(api, bulk, legal)
    _conclude(session, bulk, outcomes)


def _counted(bulk: Bulk, legal: Sequence[Target], others: Sequence[str]) -> str:
    if not legal and not others:
        return "No registration matches"
    one = len(legal) == 1
    found = f"{len(legal)} registration{' matches' if one else 's match'} and can be decided so ({bulk.verb})"
    if others:
        found += f"; {len(others)} more match{'es' * (len(others) == 1)}, but cannot: {told(counted(others))}"
    if bulk.verb == "allow" and (alike := sum(each.duplicate for each in legal)):
        found += f"; {alike} name{'s' * (alike == 1)} another machine's resource keys: each becomes one entry with that"
        found += " where it is Allowed"
    return found


def _targets(api: "ApiClient", bulk: Bulk) -> tuple[list[Target], list[str]]:
    """Those that match for which the decision is legal now, and why not of each other that matches."""
    legal: list[Target] = []
    others: list[str] = []
    for page in api.pages("/registrations", {**bulk.filters, "limit": 1000}, every=True, as_csv=False):
        for row in page.document["items"]:
            if bulk.verb in row["actions"]:
                duplicate = bool(row["duplicate_of"]) and not row["fork_of"] and not row["merged_into"]
                legal.append(Target(row["registration_id"], row["name"], row["status"], row["version"], duplicate))
            else:
                others.append(why_not(bulk.verb, row))
    return legal, others


def _ordered(api: "ApiClient", bulk: Bulk, targets: Sequence[Target]) -> list[tuple[Target, str]]:
    outcomes: list[tuple[Target, str]] = []
    for target in targets:
        outcomes.append((target, _order(api, bulk, target)))
        if len(outcomes) % _PROGRESS_EVERY == 0:
            remark(f"{len(outcomes)} of {len(targets)}")
    return outcomes


def _order(api: "ApiClient", bulk: Bulk, target: Target) -> str:
    path = f"/registrations/{target.registration_id}/{bulk.verb}"
    try:
        document = api.order("POST", path, {"reason": bulk.reason}, f'"{target.version}"')
    except CommandFailed as failed:
        if failed.exit_code is not ExitCode.CONFLICT and failed.exit_code is not ExitCode.NOT_FOUND:
            raise
        return str(failed)
    row = document["registration"]
    merged = document["outcome"] == "done" and row is not None and row["merged_into"] and bulk.verb == "allow"
    return MERGED if merged else str(document["outcome"])


def _conclude(session: Session, bulk: Bulk, outcomes: Sequence[tuple[Target, str]]) -> None:
    counts = Counter(outcome for _, outcome in outcomes)
    summary = ", ".join(f"{count} {outcome}" for outcome, count in counts.most_common()) or "nothing to do"
    failed = [(target, outcome) for target, outcome in outcomes if outcome not in ("done", MERGED, "unchanged")]
    _show(session, outcomes if session.form is not Form.TABLE else failed, f"{bulk.verb}: {summary}.")
    if failed:
        message = f"{len(failed)} of {len(outcomes)} were decided by somebody else in between; the rest is done."
        raise CommandFailed(ExitCode.CONFLICT, message)


def _show(session: Session, outcomes: Sequence[tuple[Target, str]], sentence: str) -> None:
    rows = [target._asdict() | {"outcome": outcome} for target, outcome in outcomes]
    match session.form:
        case Form.JSON:
            sys.stdout.write(ascii_json({"items": rows, "summary": sentence}) + "\n")
        case Form.CSV:
            from console.csv_text import csv_text

            sys.stdout.write(csv_text([*Target._fields, "outcome"], rows))
            remark(sentence)
        case Form.TABLE:
            if rows:
                print_table(session.environ, _COLUMNS, rows)
            sys.stdout.write(sentence + "\n")
