"""`muster tasks`: what agents run, when, and what came of it."""

from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from console.commands.order_given import Sentences, give_order
from console.commands.settings_file import read_settings
from console.commands.versions import go_back, show_difference, show_versions
from console.results import ListView, Paging, remark, show_list, show_one, show_outcome
from console.session import Cursor, DataDir, Every, Limit, Output, session_of
from domain.builtin_categories import BUILT_IN_TYPES

app = typer.Typer(help="What agents run, when, and what came of it.", no_args_is_help=True)
_TASKS = {"name": "NAME", "version": "VERSION", "written_at": "WRITTEN", "written_by": "BY", "assigned_at": "AT"}
_RUNS = {
    "task": "TASK",
    "agent": "AGENT",
    "due": "DUE",
    "started": "STARTED",
    "ended": "ENDED",
    "outcome": "OUTCOME",
    "exit": "EXIT",
    "output": "OUTPUT",
}
Name = Annotated[str, typer.Argument(metavar="NAME", help="The task's name.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept for ever.")]


@app.command("list", epilog="Example: muster tasks list")
def list_tasks(
    context: typer.Context,
    limit: Limit = 100,
    cursor: Cursor = None,
    every: Every = False,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """List the tasks and where they are assigned."""
    view = ListView("/tasks", _TASKS, "No tasks yet.", spare=("written_by", "written_at"))
    show_list(session_of(context, data, output), view, Paging(limit, cursor, every))


@app.command("show", epilog="Example: muster tasks show backup --version 2")
def show_task(
    context: typer.Context,
    name: Name,
    version: Annotated[int | None, typer.Option("--version", min=1, help="Not the newest but this one.")] = None,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Show a task with its content, and how its runs ended."""
    session = session_of(context, data, output)
    with session.api() as api:
        show_one(session, api.get(_path(name), {"version": version}))


@app.command("history", epilog="Example: muster tasks history backup")
def list_versions(
    context: typer.Context,
    name: Name,
    limit: Limit = 100,
    cursor: Cursor = None,
    every: Every = False,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """List the versions of a task, oldest first.

    Orders to run it now are among them, with their reason.
    """
    show_versions(session_of(context, data, output), _path(name), Paging(limit, cursor, every))


@app.command("diff", epilog="Example: muster tasks diff backup --from 1 --to 3")
def compare(
    context: typer.Context,
    name: Name,
    older: Annotated[int | None, typer.Option("--from", min=1, help="Without it, the last but one.")] = None,
    newer: Annotated[int | None, typer.Option("--to", min=1, help="Without it, the newest.")] = None,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Show what differs between two versions."""
    show_difference(session_of(context, data, output), _path(name), older, newer)


@app.command("rollback", epilog="Example: muster tasks rollback backup --to 1")
def roll_back(
    context: typer.Context,
    name: Name,
    version: Annotated[int, typer.Option("--to", min=1, help="The version to go back to.")],
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="Why; kept with the version.")] = "",
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Write a version that equals an older one; it runs nothing."""
    go_back(session_of(context, data, output), _path(name), f"task {name}", version, note)


@app.command("runs", epilog="Example: muster tasks runs backup --agent web-01")
def list_runs(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="One task; without it, all.")] = None,
    agent: Annotated[str | None, typer.Option("--agent", metavar="REF", help="Only on this agent.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    every: Every = False,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """List runs as agents told of them, newest first."""
    path = "/task-runs" if name is None else f"{_path(name)}/runs"
    view = ListView(path, _RUNS, "No runs yet.", spare=("due", "ended", "output", "exit"))
    show_list(session_of(context, data, output), view, Paging(limit, cursor, every), {"agent": agent})


@app.command("set", epilog="Example: muster tasks set backup backup.toml")
def write_task(
    context: typer.Context,
    name: Name,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="type, settings, schedule, as TOML or JSON.")],
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="Why; kept with the version.")] = "",
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Write a version of a task."""
    session = session_of(context, data, output)
    settings = read_settings(file)
    body = {"settings": settings, "note": note}
    told = Sentences(f"Task {name} has a new version.", f"Nothing changed: task {name} says so already.")
    give_order(session, "PUT", _path(name), body, told)
    if (kind := settings.get("type")) not in BUILT_IN_TYPES:
        known = " and ".join(BUILT_IN_TYPES)
        remark(f"NOTE: {known} come with Muster; only agents with a plug-in of type {kind} can run this.")


@app.command("run-now", epilog="Example: muster tasks run-now backup")
def run_now(
    context: typer.Context, name: Name, reason: Reason = "", data: DataDir = None, output: Output = None
) -> None:
    """Have every agent that holds the task now run it once.

    Each as soon as it hears of it; whoever gets the task later does not.
    """
    session = session_of(context, data, output)
    with session.api() as api:
        document = api.order("POST", f"{_path(name)}/run-now", {"reason": reason})
    show_outcome(session, document, _told_of_run(name, document["holding"], document["assigned"]))


@app.command("delete", epilog="Example: muster tasks delete backup")
def delete_task(
    context: typer.Context, name: Name, reason: Reason = "", data: DataDir = None, output: Output = None
) -> None:
    """Delete a task that nothing assigns; its versions stay."""
    session = session_of(context, data, output)
    told = Sentences(f"Task {name} is no more.", "Nothing changed: it is no more.")
    give_order(session, "DELETE", _path(name), {"reason": reason}, told)


def _told_of_run(name: str, holding: int | None, assigned: int | None) -> str:
    if holding is None:
        return f"Every agent that holds task {name} runs it when it hears of it; how many do is not known now."
    if holding:
        return f"Task {name} runs once on each agent that holds it: {holding} of the {assigned} that are assigned it."
    if assigned:
        why = f"{assigned} agents are assigned it, and none of them has said yet that it holds it"
        return f"Nothing runs: {why}. Give the order again when they do (`muster policies compliance`)."
    return f"Nothing runs: task {name} is assigned to no agent. Assign it, and give the order when agents hold it."


def _path(name: str) -> str:
    return f"/tasks/{quote(name, safe='')}"
