"""`muster handlers`: the processes that agents talk to."""

import typer

from console.results import ListView, Paging, show_list
from console.session import DataDir, Output, session_of

app = typer.Typer(help="The processes that agents talk to.", no_args_is_help=True)
_VIEW = ListView(
    "/agent-handlers",
    {"handler": "HANDLER", "started_at": "STARTED", "announced": "ANNOUNCED", "starts": "STARTS"},
    "No agent handlers yet.",
    spare=("starts",),
)


@app.command("list", epilog="Example: muster handlers list")
def list_handlers(context: typer.Context, data: DataDir = None, output: Output = None) -> None:
    """List every agent handler that ever announced itself."""
    show_list(session_of(context, data, output), _VIEW, Paging())
