"""`muster whoami`: whose token this is."""

import typer

from console.results import show_one
from console.session import DataDir, Output, session_of

EXAMPLE = "Example: muster whoami"


def whoami(context: typer.Context, data: DataDir = None, output: Output = None) -> None:
    """Show the name, role and end of the token in use."""
    session = session_of(context, data, output)
    with session.api() as api:
        show_one(session, api.get("/whoami"))
