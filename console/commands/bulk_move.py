"""`muster agents move --all-matching`: counted first, then all of them or none."""

import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

from console.ascii_json import ascii_json
from console.exit_code import CommandFailed, ExitCode
from console.printable import printable
from console.results import remark, show_outcome
from console.session import Form, Session
from console.tables import print_table

_COLUMNS = {"name": "NAME", "status": "STATUS", "agent_id": "AGENT ID", "group": "GROUP"}


class Move(NamedTuple):
    """Who goes where: `filters` as the API takes them, `confirm` the count that was seen."""

    filters: Mapping[str, Any]
    group: str
    reason: str
    confirm: int | None
    dry_run: bool


def move_in_bulk(session: Session, move: Move) -> None:
    """Show the count, refuse when it is not the confirmed one, give the order."""
    body = {"group": move.group, "reason": move.reason}
    with session.api() as api:
        seen = api.ask("/agents/moves", body, move.filters)
        if move.dry_run:
            _show(session, seen)
            return
        if move.confirm is None:
            message = f"{_counted(seen)}. To go on: --confirm {seen['count']}. Nothing was changed."
            raise CommandFailed(ExitCode.USAGE, printable(message))
        document = api.order("POST", "/agents/moves", body | {"confirm": move.confirm}, params=move.filters)
    done = f"{document['count']} agents are in {document['group']} now."
    told = done if document["outcome"] == "done" else f"Nothing changed: {_counted(document)}."
    show_outcome(session, {name: value for name, value in document.items() if name != "items"}, told)


def _counted(seen: dict[str, Any]) -> str:
    there = f"; {seen['there']} more are there already" if seen["there"] else ""
    return f"{seen['count']} agents match and are not in {seen['group']}{there}"


def _show(session: Session, seen: dict[str, Any]) -> None:
    sentence = f"{_counted(seen)}. Nothing was changed."
    match session.form:
        case Form.JSON:
            sys.stdout.write(ascii_json(seen | {"summary": sentence}) + "\n")
        case Form.CSV:
            from console.csv_text import csv_text

            sys.stdout.write(csv_text(list(_COLUMNS), seen["items"]))
            remark(sentence)
        case Form.TABLE:
            if seen["items"]:
                print_table(session.environ, _COLUMNS, seen["items"])
            sys.stdout.write(printable(sentence) + "\n")
