"""`muster projections`: how far the reports have got in the log, and building one anew."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from console.exit_code import CommandFailed, ExitCode
from console.results import ListView, Paging, remark, show_list, show_outcome
from console.session import DataDir, Output, session_of

if TYPE_CHECKING:
    from console.api_client import ApiClient

app = typer.Typer(help="How far the reports have got, and building one anew.", no_args_is_help=True)
_VIEW = ListView(
    "/projections",
    {
        "name": "NAME",
        "position": "POSITION",
        "lag_events": "LAG EVENTS",
        "lag_s": "LAG SECONDS",
        "parked": "PARKED",
        "rebuilding": "REBUILDING",
    },
    "No projections yet.",
    spare=("rebuilding", "lag_s"),
)
_POLL_S = 0.5


@app.command("list", epilog="Example: muster projections list")
def list_projections(context: typer.Context, data: DataDir = None, output: Output = None) -> None:
    """List the projections: position, lag, parked events."""
    show_list(session_of(context, data, output), _VIEW, Paging())


@app.command("rebuild", epilog="Example: muster projections rebuild registration_status --wait")
def rebuild(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `muster projections list` names it.")],
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the new one is in use.")] = False,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Build a projection anew; the one in use serves until then."""
    session = session_of(context, data, output)
    with session.api() as api:
        document = api.order("POST", f"/projections/{quote(name, safe='')}/rebuild")
        if wait:
            _wait(api, name, document["position"], session.sleep)
            document.pop("stale", None)
    done = f"{name} was built anew and is in use." if wait else f"{name} is being built anew."
    show_outcome(session, document, done)


def _wait(api: "ApiClient", name: str, position: int, sleep: Callable[[float], None]) -> None:
    """Return when the projection has seen the order and no new build is under way."""
    told = ""
    while True:
        row = _row(api, name)
        if row["rebuilding"] is None and row["position"] >= position:
            return
        progress = f"{name}: {row['rebuilding']['percent']} %" if row["rebuilding"] else f"{name}: waits"
        if progress != told:
            remark(progress)
            told = progress
        sleep(_POLL_S)


def _row(api: "ApiClient", name: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = api.get("/projections").json()["items"]
    found = next((row for row in rows if row["name"] == name), None)
    if found is None:
        raise CommandFailed(ExitCode.NOT_FOUND, f"The projection {name} is gone.")
    return found
