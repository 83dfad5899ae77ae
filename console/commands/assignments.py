"""`muster policies assign` and `unassign`: what groups and agents are assigned."""

from typing import Annotated, Any

import typer

from console.commands.order_given import Sentences, give_order
from console.commands.planned import numbered, show_plan
from console.exit_code import CommandFailed, ExitCode
from console.session import DataDir, Output, Session, session_of

Category = Annotated[str, typer.Argument(metavar="CATEGORY", help="A category, or task/NAME.")]
Group = Annotated[str | None, typer.Option("--group", metavar="PATH", help="At this group and below.")]
Agent = Annotated[str | None, typer.Option("--agent", metavar="REF", help="For this agent alone.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept for ever.")]

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show how many agents it touches; change nothing.")]


def assign(
    context: typer.Context,
    category: Category,
    policy: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="The policy; for none of the category say --nothing.")
    ] = None,
    group: Group = None,
    agent: Agent = None,
    network: Annotated[
        list[str] | None, typer.Option("--network", metavar="RANGE", help="Only in this network; may be repeated.")
    ] = None,
    otherwise: Annotated[
        str | None, typer.Option("--otherwise", metavar="NAME", help="The policy where that does not hold.")
    ] = None,
    nothing: Annotated[bool, typer.Option("--nothing", help="Nothing of the category applies there.")] = False,
    lock: Annotated[bool, typer.Option("--lock", help="Overrule what is assigned below.")] = False,
    reason: Reason = "",
    dry_run: DryRun = False,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Assign a policy to a group or an agent.

    Further conditions are for `muster apply`.
    """
    session = session_of(context, data, output)
    choices = _choices(policy, network, otherwise, nothing=nothing)
    body = {"category": category, "choices": choices, "locked": lock, "reason": reason, **_where(group, agent)}
    where = group or agent
    told = f"{where} is assigned {policy or 'nothing'} of {category} now."
    if dry_run:
        _try(session, "/assignments/plan", body)
        return
    give_order(session, "PUT", "/assignments", body, Sentences(told, "Nothing changed: it is assigned so."))


def unassign(
    context: typer.Context,
    category: Category,
    group: Group = None,
    agent: Agent = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Let a group or an agent have of a category what is above it."""
    session = session_of(context, data, output)
    body = {"category": category, "reason": reason, **_where(group, agent)}
    told = f"{group or agent} has of {category} what is above it now."
    if dry_run:
        _try(session, "/assignments/end/plan", body)
        return
    give_order(session, "POST", "/assignments/end", body, Sentences(told, "Nothing changed: it has what is above it."))


def _try(session: Session, path: str, body: dict[str, Any]) -> None:
    with session.api() as api:
        plan = api.ask(path, body, {})
    told = f"Something else would apply to {numbered(plan['agents'], 'agent')}."
    show_plan(session, plan, told if plan["changed"] else "Nothing would change.")


def _choices(
    policy: str | None, network: list[str] | None, otherwise: str | None, *, nothing: bool
) -> list[dict[str, Any]]:
    if policy is None and (network or otherwise):
        message = "--network and --otherwise need the NAME of the policy for that network: CATEGORY NAME."
        raise CommandFailed(ExitCode.USAGE, message)
    if (policy is None) != nothing:
        message = (
            "Give the NAME of a policy, or --nothing if nothing of the category shall apply there; one of the two."
        )
        raise CommandFailed(ExitCode.USAGE, message)
    if otherwise is not None and not network:
        raise CommandFailed(ExitCode.USAGE, "--otherwise says what applies outside a network: name one with --network.")
    if policy is None:
        return []
    chosen = {"policy": policy} | ({"when": {"network": network}} if network else {})
    return [chosen] + ([] if otherwise is None else [{"policy": otherwise}])


def _where(group: str | None, agent: str | None) -> dict[str, str]:
    if (group is None) == (agent is None):
        raise CommandFailed(ExitCode.USAGE, "Name a group with --group, or an agent with --agent.")
    return {"group": group} if group is not None else {"agent": str(agent)}
