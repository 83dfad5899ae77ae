"""The command line for people: a client of the API."""

import io
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import typer

from console.commands import (
    agents,
    assignments,
    categories,
    desired_state,
    groups,
    handlers,
    key_migration,
    keys,
    lists,
    policies,
    projections,
    registrations,
    sorting,
    tasks,
    tokens,
    whoami,
)
from console.exit_code import CommandFailed, ExitCode
from console.session import DataDir, Output, Session, session_of

if TYPE_CHECKING:
    import httpx

_EPILOG = (
    "The server: --data DIR, or MUSTER_API with MUSTER_TOKEN or MUSTER_TOKEN_FILE. "
    "Processes have commands of their own: muster up, serve, agent, swarm, config, root, ca, store. "
    "The version: muster --version."
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
app.add_typer(groups.app, name="groups")
app.add_typer(policies.app, name="policies")
app.add_typer(tasks.app, name="tasks")
app.add_typer(sorting.app, name="sorting")
app.add_typer(projections.app, name="projections")
app.add_typer(handlers.app, name="handlers")
app.add_typer(tokens.app, name="tokens")
app.add_typer(keys.app, name="keys")
app.command("apply", epilog="Example: muster apply -f fleet.toml --dry-run")(desired_state.apply)
app.command("export", epilog="Example: muster export > fleet.toml")(desired_state.export)
app.command("whoami", epilog=whoami.EXAMPLE)(whoami.whoami)
_EXAMPLE = "Example: muster policies"
policies.app.command("assign", epilog=f"{_EXAMPLE} assign file motd --group /Servers")(assignments.assign)
policies.app.command("unassign", epilog=f"{_EXAMPLE} unassign file --agent web-01")(assignments.unassign)
policies.app.add_typer(categories.app, name="category")
app.add_typer(lists.app, name="lists")
keys.app.add_typer(key_migration.app, name="migration")


@app.callback()
def everywhere(context: typer.Context, data: DataDir = None, output: Output = None) -> None:
    """Take the options that every command understands."""
    session_of(context, data, output)


def main(
    argv: Sequence[str],
    environ: Mapping[str, str],
    transport: "httpx.BaseTransport | None" = None,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Run one command, `argv` without the program's name; return its exit code. `transport` replaces the network."""
    _show_what_can_be_shown()
    try:
        _run()([_decoded(argument) for argument in argv], prog_name="muster", obj=Session(environ, transport, sleep))
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else ExitCode.FAILURE
    except CommandFailed as failed:
        sys.stderr.write(f"muster: {failed}\n")
        return failed.exit_code
    return ExitCode.OK


@cache
def _run() -> Callable[..., Any]:
    """Every command with its options, read from the functions' signatures once in a process."""
    return typer.main.get_command(app).main


def _decoded(argument: str) -> str:
    # Bytes that are no UTF-8 come as lone surrogates, which neither a URL nor JSON can carry.
    return argument.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _show_what_can_be_shown() -> None:
    """Print what the terminal's character set lacks as an escape instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
