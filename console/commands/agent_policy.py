"""`muster agents policy` and `muster agents move`: what applies to an agent and why, and where it is."""

import sys
from typing import Annotated, Any

import typer

from console.commands.bulk_move import Move, move_in_bulk
from console.commands.order_given import Sentences, give_order
from console.entry_path import entry_path
from console.exit_code import CommandFailed, ExitCode
from console.printable import printable
from console.results import remark, show_one
from console.session import DataDir, Form, Output, Session, session_of
from console.tables import cell, print_table

_CATEGORIES = {
    "category": "CATEGORY",
    "policy": "POLICY",
    "assigned_version": "ASSIGNED",
    "delivered_version": "DELIVERED",
    "enforced_version": "ENFORCED",
    "state": "STATE",
    "source": "FROM",
    "since": "SINCE",
    "locked_by": "LOCKED BY",
}
_SPARE = ("since", "locked_by", "delivered_version", "enforced_version", "source")
_CHAIN = {
    "category": "CATEGORY",
    "at": "AT",
    "chosen": "CHOICES",
    "standing": "STANDING",
    "since": "SINCE",
    "by": "BY",
    "reason": "REASON",
}
Ref = Annotated[str, typer.Argument(metavar="REF", help="An agent_id, a registration_id or an unambiguous name.")]


def show_policy(context: typer.Context, ref: Ref, data: DataDir = None, output: Output = None) -> None:
    """Show what applies to an agent, and where from.

    Of each category, with the chain it came from.
    """
    session = session_of(context, data, output)
    with session.api() as api:
        response = api.get(f"{entry_path(api, 'agents', ref)}/policy")
    if session.form is not Form.TABLE:
        show_one(session, response)
        return
    _print(session, response.json())


def move_agents(
    context: typer.Context,
    to: Annotated[str, typer.Option("--to", metavar="PATH", help="The group they go into.")],
    refs: Annotated[
        list[str] | None, typer.Argument(metavar="[REF]...", help="Agents by id or unambiguous name.")
    ] = None,
    matching: Annotated[
        bool, typer.Option("--all-matching", help="All that the filters leave, at most 1,000.")
    ] = False,
    status: Annotated[
        str | None, typer.Option("--status", help="Pending, Allowed, Blocked, Revoked or Forked.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="This name, or a mask of names.")] = None,
    query: Annotated[str | None, typer.Option("--query", help="This text somewhere in what describes it.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those that should have called in by now.")] = False,
    group: Annotated[
        str | None, typer.Option("--group", metavar="PATH", help="Only those in this group and below.")
    ] = None,
    confirm: Annotated[
        int | None, typer.Option("--confirm", metavar="N", help="How many you saw that match and are elsewhere.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show who would be moved; change nothing.")] = False,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept for ever.")] = "",
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Put agents into a group, all of them or none.

    With --all-matching those that the filters leave: see --dry-run, then --confirm their number.
    """
    filters = {"status": status, "name": name, "query": query, "overdue": overdue or None, "group": group}
    given = {each: value for each, value in filters.items() if value is not None}
    if bool(refs) is matching or (refs and (given or dry_run or confirm is not None)):
        raise CommandFailed(ExitCode.USAGE, "Name agents, or give --all-matching with or without filters.")
    session = session_of(context, data, output)
    if not refs:
        move_in_bulk(session, Move(given, to, reason, confirm, dry_run))
        return
    told = Sentences(
        f"{len(refs)} agent{'s are' if len(refs) > 1 else ' is'} in {to} now.", f"Nothing changed: all are in {to}."
    )
    give_order(session, "POST", "/agents/move", {"agents": refs, "group": to, "reason": reason}, told)


def _print(session: Session, found: dict[str, Any]) -> None:
    since = f" since {cell(found['in_group_since'])}" if found["in_group_since"] else ""
    sys.stdout.write(printable(f"{found['name']} is {found['status']} and in {found['group']}{since}.") + "\n")
    if found["not_told"]:
        remark(f"WARNING: it is told nothing: {found['not_told']}.")
    if not found["categories"]:
        sys.stdout.write("Nothing is assigned to it.\n")
        return
    print_table(session.environ, _CATEGORIES, found["categories"], _SPARE)
    sys.stdout.write("\n")
    steps = [
        step | {"category": each["category"], "chosen": _chosen(step)}
        for each in found["categories"]
        for step in each["chain"]
    ]
    print_table(session.environ, _CHAIN, steps, spare=("by", "since"))


def _chosen(step: dict[str, Any]) -> str:
    told = [f"{each['policy']} (if)" if each.get("when") else each["policy"] for each in step["choices"]]
    return (" or ".join(told) or "nothing") + (", locked" if step["locked"] else "")
