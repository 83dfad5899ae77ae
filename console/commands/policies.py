"""`muster policies`: named, versioned settings, and who is assigned them."""

import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from console.commands.order_given import VERSION, Sentences, give_order
from console.commands.settings_file import read_settings, show_settings
from console.commands.versions import go_back, show_difference, show_versions
from console.exit_code import CommandFailed, ExitCode
from console.printable import printable
from console.results import ListView, Paging, remark, show_fields, show_list, show_one
from console.session import Cursor, DataDir, Every, Form, Limit, Output, session_of
from console.tables import print_table
from domain.policy import TASKS

app = typer.Typer(help="Named, versioned settings that groups assign to agents.", no_args_is_help=True)
_POLICIES = {
    "category": "CATEGORY",
    "name": "NAME",
    "version": "VERSION",
    "written_at": "WRITTEN",
    "written_by": "BY",
    "assigned_at": "ASSIGNED AT",
    "note": "NOTE",
}
_COUNTS = {
    "category": "CATEGORY",
    "name": "NAME",
    "version": "VERSION",
    "assigned": "ASSIGNED",
    "delivered": "DELIVERED",
    "enforced": "ENFORCED",
    "drifted": "DRIFTED",
    "failed": "FAILED",
}
_AGENTS = {
    "name": "AGENT",
    "category": "CATEGORY",
    "policy": "POLICY",
    "state": "STATE",
    "assigned_version": "ASSIGNED",
    "delivered_version": "DELIVERED",
    "enforced_version": "ENFORCED",
    "source": "FROM",
    "detail": "DETAIL",
}
_SPARE = ("source", "delivered_version", "enforced_version", "assigned_version", "category")
Category = Annotated[str, typer.Argument(metavar="CATEGORY", help="As file or agent; task/NAME for a task.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The policy's name.")]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="Why; kept with the version.")]


@app.command("list", epilog="Example: muster policies list --category file")
def list_policies(
    context: typer.Context,
    category: Annotated[str | None, typer.Option("--category", help="Only of this one.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    every: Every = False,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """List the policies and where they are assigned."""
    view = ListView("/policies", _POLICIES, "No policies yet.", spare=("written_by", "note", "written_at"))
    show_list(session_of(context, data, output), view, Paging(limit, cursor, every), {"category": category})


@app.command("show", epilog="Example: muster policies show file motd --version 2")
def show_policy(
    context: typer.Context,
    category: Category,
    name: Name,
    version: Annotated[int | None, typer.Option("--version", min=1, help="Not the newest but this one.")] = None,
    settings: Annotated[
        bool, typer.Option("--settings", help="The settings alone, as `set` takes them: TOML, or JSON with -o json.")
    ] = False,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Show a policy with its settings."""
    session = session_of(context, data, output)
    with session.api() as api:
        response = api.get(path_of(category, name), {"version": version})
    if settings:
        show_settings(session, response.json()["settings"])
    else:
        show_one(session, response)


@app.command("history", epilog="Example: muster policies history file motd")
def list_versions(
    context: typer.Context,
    category: Category,
    name: Name,
    limit: Limit = 100,
    cursor: Cursor = None,
    every: Every = False,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """List the versions of a policy, oldest first."""
    show_versions(session_of(context, data, output), path_of(category, name), Paging(limit, cursor, every))


@app.command("diff", epilog="Example: muster policies diff file motd --from 1 --to 3")
def compare(
    context: typer.Context,
    category: Category,
    name: Name,
    older: Annotated[int | None, typer.Option("--from", min=1, help="Without it, the last but one.")] = None,
    newer: Annotated[int | None, typer.Option("--to", min=1, help="Without it, the newest.")] = None,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Show what differs between two versions."""
    show_difference(session_of(context, data, output), path_of(category, name), older, newer)


@app.command("set", epilog="Example: muster policies set file motd motd.toml --note 'new banner'")
def write_policy(
    context: typer.Context,
    category: Category,
    name: Name,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The settings, as TOML or JSON.")],
    note: Note = "",
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Write a version of a policy."""
    session = session_of(context, data, output)
    body = {"settings": read_settings(file), "note": note}
    unchanged = f"Nothing changed: {category} {name} says so already{VERSION}."
    told = Sentences(f"{category} {name} is written{VERSION}.", unchanged)
    give_order(session, "PUT", path_of(category, name), body, told)


@app.command("rollback", epilog="Example: muster policies rollback file motd --to 1")
def roll_back(
    context: typer.Context,
    category: Category,
    name: Name,
    version: Annotated[int, typer.Option("--to", min=1, help="The version to go back to.")],
    note: Note = "",
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Write a version that equals an older one."""
    go_back(session_of(context, data, output), path_of(category, name), f"{category} {name}", version, note)


@app.command("delete", epilog="Example: muster policies delete file motd")
def delete_policy(
    context: typer.Context,
    category: Category,
    name: Name,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept for ever.")] = "",
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Delete a policy that nothing assigns; its versions stay."""
    session = session_of(context, data, output)
    told = Sentences(f"{category} {name} is no more.", "Nothing changed: it is no more.")
    give_order(session, "DELETE", path_of(category, name), {"reason": reason}, told)


@app.command("compliance", epilog="Example: muster policies compliance --state failed")
def show_compliance(
    context: typer.Context,
    agents: Annotated[bool, typer.Option("--agents", help="Agent by agent instead of counted.")] = False,
    category: Annotated[str | None, typer.Option("--category", help="Only of this one.")] = None,
    policy: Annotated[str | None, typer.Option("--policy", help="Only this one.")] = None,
    state: Annotated[
        str | None, typer.Option("--state", help="assigned, not told, delivered, enforced, drifted or failed.")
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    every: Every = False,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Show how far the agents have got with the policies.

    Counted per policy, or with a filter agent by agent.
    """
    session = session_of(context, data, output)
    if agents or category or policy or state:
        view = ListView("/policy-compliance/agents", _AGENTS, "No agent is so.", spare=_SPARE)
        filters = {"category": category, "policy": policy, "state": state}
        show_list(session, view, Paging(limit, cursor, every), filters)
        return
    with session.api() as api:
        response = api.get("/policy-compliance")
    if session.form is not Form.TABLE:
        show_fields(session, response.json(), response.text)
        return
    if rows := response.json()["policies"]:
        print_table(session.environ, _COUNTS, rows, spare=("version", "delivered"))
    else:
        sys.stdout.write("No policies yet.\n")
    for each in response.json()["not_told"]:
        remark(f"WARNING: {each['agents']} agents (see {each['at']}) are told nothing: {each['why']}.")


def path_of(category: str, name: str) -> str:
    """The path of a policy in the API; a task is a policy of its own category, task/NAME."""
    if not category.startswith(TASKS):
        return f"/policies/{quote(category, safe='')}/{quote(name, safe='')}"
    if category != TASKS + name:
        task = category.removeprefix(TASKS)
        message = f"The category {category} is that of task {task} alone: see `muster tasks show`, not {name!r}."
        raise CommandFailed(ExitCode.USAGE, printable(message))
    return f"/tasks/{quote(name, safe='')}"
