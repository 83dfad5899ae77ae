"""`muster agents wake`: a hint to agents that hold a connection, so that they call in at once."""

from typing import Annotated, Any

import typer

from console.entry_path import entry_path
from console.exit_code import CommandFailed, ExitCode
from console.results import show_outcome
from console.session import DataDir, Output, session_of

EXAMPLE = 'Example: muster agents wake web-01 web-02 --reason "ticket 4711"'
Refs = Annotated[
    list[str] | None, typer.Argument(metavar="[REF]...", help="Agent ids, registration ids or unambiguous names.")
]


def wake(
    context: typer.Context,
    refs: Refs = None,
    matching: Annotated[bool, typer.Option("--all-matching", help="All agents that the filters leave.")] = False,
    status: Annotated[
        str | None, typer.Option("--status", help="Pending, Allowed, Blocked, Revoked or Forked.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Exactly this name.")] = None,
    query: Annotated[str | None, typer.Option("--query", help="This text somewhere in what describes it.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those that should have called in by now.")] = False,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept for ever.")] = "",
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Hint to agents in push mode to call in now.

    Others hear nothing; who woke up is seen in the call-ins (why: wake-up).
    """
    filters = {"status": status, "name": name, "query": query, "overdue": overdue or None}
    if bool(refs) is matching or (refs and any(filters.values())):
        raise CommandFailed(ExitCode.USAGE, "Name agents, or give --all-matching with or without filters.")
    session = session_of(context, data, output)
    body = {"reason": reason}
    with session.api() as api:
        if matching:
            params = {name: value for name, value in filters.items() if value is not None}
            document = api.order("POST", "/agents/wake", body, params=params)
        else:
            paths = [entry_path(api, "agents", ref) for ref in refs or ()]
            document = _together([api.order("POST", f"{path}/wake", body) for path in paths])
    show_outcome(session, document, _sentence(document))


def _sentence(document: dict[str, Any]) -> str:
    told, agents, holding = (document[name] for name in ("told", "agents", "holding"))
    return f"Hints went out to {told} of {agents} agents; {holding} said that they hold a connection."


def _together(documents: list[dict[str, Any]]) -> dict[str, Any]:
    if len(documents) == 1:
        return documents[0]
    sums = {name: sum(each[name] for each in documents) for name in ("agents", "told", "holding")}
    document = {"outcome": "done" if sums["told"] else "unchanged", "position": max(d["position"] for d in documents)}
    stale = {"stale": True} if any(each.get("stale") for each in documents) else {}
    return document | sums | stale
