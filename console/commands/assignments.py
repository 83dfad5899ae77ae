"""`muster policies assign` and `unassign`: what groups and agents are assigned."""

from typing import Annotated, Any

import typer

from console.commands.order_given import Sentences, give_order
from console.exit_code import CommandFailed, ExitCode
from console.session import DataDir, Output, session_of

Category = Annotated[str, typer.Argument(metavar="CATEGORY", help="A category, or task/NAME.")]
Group = Annotated[str | None, typer.Option("--group", metavar="PATH", help="At this group and below.")]
Agent = Annotated[str | None, typer.Option("--agent", metavar="REF", help="For this agent alone.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept for ever.")]


def assign(
    context: typer.Context,
    category: Category,
    policy: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Without a name nothing of the category applies there.")
    ] = None,
    group: Group = None,
    agent: Agent = None,
    network: Annotated[
        list[str] | None, typer.Option("--network", metavar="RANGE", help="Only in this network; may be repeated.")
    ] = None,
    otherwise: Annotated[
        str | None, typer.Option("--otherwise", metavar="NAME", help="The policy where that does not hold.")
    ] = None,
    lock: Annotated[bool, typer.Option("--lock", help="Overrule what is assigned below.")] = False,
    reason: Reason = "",
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Assign a policy to a group or an agent.

    Further conditions are for `muster apply`.
    """
    session = session_of(context, data, output)
    choices: list[dict[str, Any]] = []
    if policy is not None:
        choices.append({"policy": policy} | ({"when": {"network": network}} if network else {}))
    if otherwise is not None:
        choices.append({"policy": otherwise})
    body = {"category": category, "choices": choices, "locked": lock, "reason": reason, **_where(group, agent)}
    where = group or agent
    told = f"{where} is assigned {policy or 'nothing'} of {category} now."
    give_order(session, "PUT", "/assignments", body, Sentences(told, "Nothing changed: it is assigned so."))


def unassign(
    context: typer.Context,
    category: Category,
    group: Group = None,
    agent: Agent = None,
    reason: Reason = "",
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Let a group or an agent have of a category what is above it."""
    session = session_of(context, data, output)
    body = {"category": category, "reason": reason, **_where(group, agent)}
    told = f"{group or agent} has of {category} what is above it now."
    give_order(session, "POST", "/assignments/end", body, Sentences(told, "Nothing changed: it has what is above it."))


def _where(group: str | None, agent: str | None) -> dict[str, str]:
    if (group is None) == (agent is None):
        raise CommandFailed(ExitCode.USAGE, "Name a group with --group, or an agent with --agent.")
    return {"group": group} if group is not None else {"agent": str(agent)}
