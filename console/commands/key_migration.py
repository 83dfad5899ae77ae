"""`muster keys migration`: when agents with RSA-1024 keys may hand over to strong ones."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from console.results import show_one, show_outcome
from console.session import DataDir, Output, session_of

app = typer.Typer(help="When agents with RSA-1024 keys may hand over to strong ones.", no_args_is_help=True)
_PATH = "/migration-window"


@app.command("show", epilog="Example: muster keys migration show")
def show_window(context: typer.Context, data: DataDir = None, output: Output = None) -> None:
    """Show until when the window is open, and who opened it."""
    session = session_of(context, data, output)
    with session.api() as api:
        show_one(session, api.get(_PATH))


@app.command("open", epilog='Example: muster keys migration open --hours 8 --reason "old fleet is upgraded tonight"')
def open_window(
    context: typer.Context,
    hours: Annotated[float, typer.Option("--hours", min=0.01, max=720, help="From now; at most 30 days.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept for ever with the decision.")],
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Let each of these agents hand over to a strong key.

    Once each, and only those that were let in before.
    """
    session = session_of(context, data, output)
    until = f"{datetime.now(UTC) + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"
    with session.api() as api:
        etag = api.get(_PATH).headers["ETag"]
        document = api.order("PUT", _PATH, {"until": until, "reason": reason}, etag)
    show_outcome(session, document, f"The migration window is open until {until}.")


@app.command("close", epilog="Example: muster keys migration close")
def close_window(context: typer.Context, data: DataDir = None, output: Output = None) -> None:
    """Close the window before its end."""
    session = session_of(context, data, output)
    with session.api() as api:
        etag = api.get(_PATH).headers["ETag"]
        document = api.order("DELETE", _PATH, None, etag)
    known = "was closed already" if document["outcome"] == "unchanged" else "is closed"
    show_outcome(session, document, f"The migration window {known}.")
