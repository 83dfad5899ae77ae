"""`muster agents`: the machines of the fleet and their history."""

from typing import Annotated

import typer

from console.commands import timeline
from console.commands.agent_policy import move_agents, show_policy
from console.commands.evidence import show_evidence
from console.commands.wake_up import EXAMPLE, wake
from console.entry_path import entry_path
from console.results import ListView, Paging, show_fields, show_list, show_one
from console.session import Cursor, DataDir, Every, Limit, Output, Session, session_of

app = typer.Typer(help="The machines of the fleet and their history.", no_args_is_help=True)

_AGENTS = ListView(
    "/agents",
    {
        "name": "NAME",
        "status": "STATUS",
        "group": "GROUP",
        "agent_id": "AGENT ID",
        "last_call_in": "LAST CALL-IN",
        "liveness": "LIVENESS",
        "liveness_since": "SINCE",
    },
    "No agents yet.",
    spare=("liveness_since", "last_call_in", "liveness"),
)
_CALL_INS = {
    "position": "POSITION",
    "at": "TIME",
    "name": "NAME",
    "number": "NUMBER",
    "type": "TYPE",
    "why": "WHY",
    "decision": "DECISION",
    "handler": "HANDLER",
}
_EVENTS = {"position": "POSITION", "time": "TIME", "type": "TYPE", "data": "DATA"}
Ref = Annotated[str, typer.Argument(metavar="REF", help="An agent_id, a registration_id or an unambiguous name.")]
Group = Annotated[
    str | None, typer.Option("--group", metavar="PATH", help="Only those in this group of the system tree and below.")
]


@app.command("list", epilog="Example: muster agents list --status Allowed -o json")
def list_agents(
    context: typer.Context,
    status: Annotated[
        str | None, typer.Option("--status", help="Pending, Allowed, Blocked, Revoked or Forked.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="This name, or a mask of names.")] = None,
    query: Annotated[str | None, typer.Option("--query", help="This text somewhere in what describes it.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those that should have called in by now.")] = False,
    group: Group = None,
    counts: Annotated[bool, typer.Option("--counts", help="Only how many are on time, overdue, silent.")] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
    every: Every = False,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """List the agents, and when each called in last.

    LIVENESS tells which keep to their interval.
    """
    session = session_of(context, data, output)
    if counts:
        _show_counts(session)
        return
    filters = {"status": status, "name": name, "query": query, "overdue": overdue or None, "group": group}
    show_list(session, _AGENTS, Paging(limit, cursor, every), filters)


@app.command("show", epilog="Example: muster agents show web-01 -o json")
def show_agent(context: typer.Context, ref: Ref, data: DataDir = None, output: Output = None) -> None:
    """Show one agent with the properties it reported last."""
    session = session_of(context, data, output)
    with session.api() as api:
        show_one(session, api.get(entry_path(api, "agents", ref)))


@app.command("call-ins", epilog="Example: muster agents call-ins web-01 --limit 20")
def list_call_ins(
    context: typer.Context,
    ref: Annotated[str | None, typer.Argument(metavar="[REF]", help="One agent; without it, the whole fleet.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    every: Every = False,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """List the call-ins of one agent, or of the whole fleet."""
    session = session_of(context, data, output)
    path = "/call-ins" if ref is None else f"{_path(session, ref)}/call-ins"
    show_list(
        session,
        ListView(path, _CALL_INS, "No call-ins yet.", spare=("handler", "type", "why", "position")),
        Paging(limit, cursor, every),
    )


@app.command("events", epilog="Example: muster agents events web-01")
def list_events(
    context: typer.Context,
    ref: Ref,
    limit: Limit = 100,
    cursor: Cursor = None,
    every: Every = False,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """List the events that one agent kept and delivered."""
    session = session_of(context, data, output)
    view = ListView(f"{_path(session, ref)}/events", _EVENTS, "This agent delivered no events yet.")
    show_list(session, view, Paging(limit, cursor, every))


app.command("timeline", epilog=timeline.EXAMPLE)(timeline.show_timeline)
app.command("wake", epilog=EXAMPLE)(wake)
app.command("policy", epilog="Example: muster agents policy web-01")(show_policy)
app.command("move", epilog="Example: muster agents move web-01 web-02 --to /Servers/Linux")(move_agents)
app.command("evidence", epilog="Example: muster agents evidence web-01 4711")(show_evidence)


def _show_counts(session: Session) -> None:
    with session.api() as api:
        response = api.get("/agents/counts")
    found = response.json()
    show_fields(session, {**found["counts"], "as of": found["as_of"]}, response.text)


def _path(session: Session, ref: str) -> str:
    with session.api() as api:
        return entry_path(api, "agents", ref)
