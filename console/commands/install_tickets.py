"""`muster registrations ticket`: what lets an agent in without a further decision, once."""

import os
from pathlib import Path
from typing import Annotated, TextIO
from urllib.parse import quote

import typer

from console.commands.order_given import Sentences, give_order
from console.results import ListView, Paging, remark, show_fields, show_list
from console.session import DataDir, Form, Output, session_of
from console.tables import print_table

app = typer.Typer(help="Install tickets: each lets one agent in, once.", no_args_is_help=True)
_VIEW = ListView(
    "/install-tickets",
    {"ticket_id": "TICKET ID", "state": "STATE", "expires_at": "EXPIRES", "bound_to": "FOR", "used_by": "USED BY"},
    "No install tickets yet.",
    row=lambda row: row | {"used_by": row["used_by_name"] or row["used_by"]},
    spare=("bound_to", "expires_at"),
)


@app.command("list", epilog="Example: muster registrations ticket list")
def list_tickets(context: typer.Context, data: DataDir = None, output: Output = None) -> None:
    """List install tickets, without their seeds."""
    show_list(session_of(context, data, output), _VIEW, Paging())


@app.command("create", epilog="Example: muster registrations ticket create --for web-01 --file web-01.ticket")
def create(
    context: typer.Context,
    count: Annotated[int, typer.Option("--count", min=1, max=1000, help="How many.")] = 1,
    expires_hours: Annotated[int, typer.Option("--expires-hours", min=1, max=8760, help="Good for so long.")] = 24,
    bound_to: Annotated[
        str, typer.Option("--for", metavar="REF", help="Reinstalls this machine: merges with it.")
    ] = "",
    file: Annotated[
        Path | None, typer.Option("--file", help="Write them here, one a line, for the owner only.")
    ] = None,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Make install tickets; they are shown this once."""
    session = session_of(context, data, output)
    # Opened before anything is made: tickets that nobody can read are worse than none.
    opened = None if file is None else _private(file)
    body = {"count": count, "expires_in_s": expires_hours * 3600, "bound_to": bound_to}
    with session.api() as api:
        document = api.order("POST", "/install-tickets", body)
    if opened is not None:
        with opened:
            opened.writelines(f"{each.pop('ticket')}\n" for each in document["tickets"])
    if session.form is Form.TABLE:
        columns = {"ticket_id": "TICKET ID", "expires_at": "EXPIRES", "ticket": "TICKET (its file: this alone)"}
        if opened is not None:
            del columns["ticket"]
        rows = [each | {"expires_at": document["expires_at"]} for each in document["tickets"]]
        print_table(session.environ, columns, rows, spare=("expires_at",))
    else:
        show_fields(session, document)
    if opened is None:
        remark("Keep the tickets now: they are not stored anywhere and cannot be shown again.")
    else:
        remark(f"The tickets are in {file}, one a line: each line is the ticket of one agent.")


@app.command("revoke", epilog="Example: muster registrations ticket revoke 3f0c7f3e3d0e4c6e")
def revoke(
    context: typer.Context,
    ticket_id: Annotated[str, typer.Argument(metavar="ID", help="Its ticket_id.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")] = "",
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Make an install ticket useless."""
    session = session_of(context, data, output)
    told = Sentences("It is revoked.", "Nothing changed: it was revoked already.")
    give_order(session, "DELETE", f"/install-tickets/{quote(ticket_id, safe='')}", None, told, {"reason": reason})


def _private(file: Path) -> TextIO:
    try:
        return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w")
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}", param_hint="--file") from error
