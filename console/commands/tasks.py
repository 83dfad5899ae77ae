"""`muster tasks`: what agents run, when, and what came of it."""

from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from console.commands.order_given import Sentences, give_order
from console.commands.settings_file import read_settings
from console.results import ListView, Paging, show_list, show_one
from console.session import Cursor, DataDir, Every, Limit, Output, session_of

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


@app.command("show", epilog="Example: muster tasks show backup")
def show_task(context: typer.Context, name: Name, data: DataDir = None, output: Output = None) -> None:
    """Show a task with its content, and how its runs ended."""
    session = session_of(context, data, output)
    with session.api() as api:
        show_one(session, api.get(_path(name)))


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
    body = {"settings": read_settings(file), "note": note}
    told = Sentences(f"Task {name} has a new version.", f"Nothing changed: task {name} says so already.")
    give_order(session, "PUT", _path(name), body, told)


@app.command("run-now", epilog="Example: muster tasks run-now backup")
def run_now(
    context: typer.Context, name: Name, reason: Reason = "", data: DataDir = None, output: Output = None
) -> None:
    """Have every agent that holds the task run it once.

    Each as soon as it hears of it.
    """
    session = session_of(context, data, output)
    told = f"Every agent that holds task {name} runs it when it hears of it."
    give_order(session, "POST", f"{_path(name)}/run-now", {"reason": reason}, Sentences(told, told))


@app.command("delete", epilog="Example: muster tasks delete backup")
def delete_task(
    context: typer.Context, name: Name, reason: Reason = "", data: DataDir = None, output: Output = None
) -> None:
    """Delete a task that nothing assigns; its versions stay."""
    session = session_of(context, data, output)
    told = Sentences(f"Task {name} is no more.", "Nothing changed: it is no more.")
    give_order(session, "DELETE", _path(name), {"reason": reason}, told)


def _path(name: str) -> str:
    return f"/tasks/{quote(name, safe='')}"
