"""`muster groups`: the system tree."""

from typing import Annotated, Any

import typer

from console.commands.order_given import Sentences, give_order
from console.commands.planned import numbered, show_plan
from console.results import ListView, Paging, show_list, show_one, show_outcome
from console.session import Cursor, DataDir, Every, Limit, Output, Session, session_of

app = typer.Typer(help="The system tree: groups of agents that inherit policies.", no_args_is_help=True)
_VIEW = ListView(
    "/groups",
    {"path": "PATH", "agents": "AGENTS", "agents_below": "WITH ALL BELOW", "assigns": "ASSIGNS", "locks": "LOCKS"},
    "No groups yet.",
)
_HISTORY = ListView(
    "/groups/history",
    {"position": "POSITION", "at": "TIME", "topic": "EVENT", "who": "WHO", "facts": "FACTS"},
    "Nothing happened to this group yet.",
)
Path = Annotated[str, typer.Argument(metavar="PATH", help="As /Servers/Linux; / is the group above all.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept for ever.")]


@app.command("list", epilog="Example: muster groups list")
def list_groups(
    context: typer.Context,
    limit: Limit = 100,
    cursor: Cursor = None,
    every: Every = False,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """List the groups with the number of agents in each."""
    show_list(session_of(context, data, output), _VIEW, Paging(limit, cursor, every))


@app.command("show", epilog="Example: muster groups show /Servers/Linux")
def show_group(context: typer.Context, path: Path, data: DataDir = None, output: Output = None) -> None:
    """Show one group with what it assigns and what applies there."""
    session = session_of(context, data, output)
    with session.api() as api:
        show_one(session, api.get("/groups/one", {"path": path}))


@app.command("history", epilog="Example: muster groups history /Servers/Linux --all")
def show_history(
    context: typer.Context,
    path: Path,
    limit: Limit = 100,
    cursor: Cursor = None,
    every: Every = False,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Show what was changed and assigned at a group.

    Who, when, why; also of a group that was deleted, by the path it had.
    """
    session = session_of(context, data, output)
    show_list(session, _HISTORY, Paging(limit, cursor, every), {"path": path})


@app.command("create", epilog="Example: muster groups create /Servers/Linux")
def create_group(
    context: typer.Context, path: Path, reason: Reason = "", data: DataDir = None, output: Output = None
) -> None:
    """Make a group below one that is there."""
    session = session_of(context, data, output)
    give_order(session, "POST", "/groups", {"path": path, "reason": reason}, Sentences(f"{path} is a group now.", ""))


@app.command("rename", epilog="Example: muster groups rename /Servers/Linux Unix")
def rename_group(
    context: typer.Context,
    path: Path,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name from now on; no path.")],
    reason: Reason = "",
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Give a group another name."""
    session = session_of(context, data, output)
    told = Sentences(f"{path} is called {name} now.", f"Nothing changed: {path} is called so.")
    give_order(session, "POST", "/groups/rename", {"path": path, "name": name, "reason": reason}, told)


@app.command("move", epilog="Example: muster groups move /Linux --into /Servers")
def move_group(
    context: typer.Context,
    path: Path,
    into: Annotated[str, typer.Option("--into", metavar="PATH", help="The group it goes into, with all below it.")],
    reason: Reason = "",
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Put a group with all below it into another."""
    session = session_of(context, data, output)
    told = Sentences(f"{path} is in {into} now.", f"Nothing changed: {path} is in {into}.")
    give_order(session, "POST", "/groups/move", {"path": path, "into": into, "reason": reason}, told)


@app.command("delete", epilog="Example: muster groups delete /Old --into /Servers")
def delete_group(
    context: typer.Context,
    path: Path,
    into: Annotated[
        str | None, typer.Option("--into", metavar="PATH", help="Where what it holds goes; else it must be empty.")
    ] = None,
    reason: Reason = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would move and end; change nothing.")] = False,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Delete a group that is empty, or put what it holds into another."""
    session = session_of(context, data, output)
    body = {"path": path, "into": into, "reason": reason}
    if dry_run:
        _try_deleting(session, path, body)
        return
    with session.api() as api:
        done = api.order("POST", "/groups/delete", body)
    show_outcome(session, done, f"{path} is no more.{_moved(done, 'are', 'now', 'has ended')}")


def _try_deleting(session: Session, path: str, body: dict[str, Any]) -> None:
    with session.api() as api:
        plan = api.ask("/groups/delete/plan", body, {})
    told = f"{path} would be no more.{_moved(plan, 'would be', 'then', 'would end')}"
    show_plan(session, plan, f"{told} Something else would apply to {numbered(plan['agents'], 'agent')}.")


def _moved(held: dict[str, Any], are: str, when: str, ended: str) -> str:
    """What became, or would become, of what a group held and said."""
    counts = [(held["moved_agents"], "agent"), (held["moved_groups"], "group")]
    moved = " and ".join(numbered(number, what) for number, what in counts if number)
    told = f" {moved} of it {are} in {held['into']} {when}." if moved else ""
    return told + (f" What it assigned {ended}: {', '.join(held['ended'])}." if held["ended"] else "")
