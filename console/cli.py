"""The command line for people: a client of the API."""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import typer

from console.commands import agents, handlers, projections, registrations, tokens
from console.exit_code import CommandFailed, ExitCode
from console.session import DataDir, Output, Session, session_of

if TYPE_CHECKING:
    import httpx

_EPILOG = (
    "The server: --data DIR, or MUSTER_API with MUSTER_TOKEN or MUSTER_TOKEN_FILE. "
    "Processes have commands of their own: muster up, serve, agent, swarm, config."
)
app = typer.Typer(
    help="Muster: every machine calls in, signed; every call-in is an event in one log.",
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(registrations.app, name="registrations")
app.add_typer(agents.app, name="agents")
app.add_typer(projections.app, name="projections")
app.add_typer(handlers.app, name="handlers")
app.add_typer(tokens.app, name="tokens")


@app.callback()
def everywhere(context: typer.Context, data: DataDir = None, output: Output = None) -> None:
    """Take the options that every command understands."""
    session_of(context, data, output)


def main(argv: Sequence[str], environ: Mapping[str, str], transport: "httpx.BaseTransport | None" = None) -> int:
    """Run one command (`argv` without the program's name); its exit code. `transport` replaces the network."""
    command = typer.main.get_command(app)
    try:
        command.main(list(argv), prog_name="muster", obj=Session(environ, transport))
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else ExitCode.FAILURE
    except CommandFailed as failed:
        sys.stderr.write(f"muster: {failed}\n")
        return failed.exit_code
    return ExitCode.OK
