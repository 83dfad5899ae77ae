"""`muster agents wake`: a hint to agents that hold a connection, so that they call in at once."""

from typing import Annotated, Any

import typer

from console.exit_code import CommandFailed, ExitCode
from console.results import show_outcome
from console.session import DataDir, Output, session_of

EXAMPLE = 'Example: muster agents wake web-01 web-02 --reason "ticket 4711"'
_WORDS = {
    "told": "Told over the connection they said they hold",
    "not connected": "Not connected, they call in by themselves at their interval",
    "not told": "Not told, since no agent handler is there or the key is not trusted yet",
}
_SHOWN = 10
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
    name: Annotated[str | None, typer.Option("--name", help="This name, or a mask of names.")] = None,
    query: Annotated[str | None, typer.Option("--query", help="This text somewhere in what describes it.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those that should have called in by now.")] = False,
    group: Annotated[
        str | None, typer.Option("--group", metavar="PATH", help="Only those in this group and below.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept for ever.")] = "",
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Hint to agents in push mode to call in now.

    Others hear nothing; who woke up is seen in the call-ins (why: wake-up).
    """
    filters = {"status": status, "name": name, "query": query, "overdue": overdue or None, "group": group}
    if bool(refs) is matching or (refs and any(filters.values())):
        raise CommandFailed(ExitCode.USAGE, "Name agents, or give --all-matching with or without filters.")
    session = session_of(context, data, output)
    params = {each: value for each, value in filters.items() if value is not None}
    with session.api() as api:
        document = api.order("POST", "/agents/wake", {"reason": reason, "agents": refs or None}, params=params)
    show_outcome(session, document, _sentence(document))


def _sentence(document: dict[str, Any]) -> str:
    """Who was told, who is not connected, who cannot be woken and why; of many the first ten."""
    by_result: dict[str, list[str]] = {}
    for each in document["who"]:
        by_result.setdefault(each["result"], []).append(each["name"])
    told = [
        f"{_WORDS.get(result, _capital(result))}: {_few(names)}."
        for result, names in sorted(by_result.items(), key=_rank)
    ]
    return " ".join(told) or "Nobody matches."


def _rank(found: tuple[str, list[str]]) -> tuple[int, str]:
    return (list(_WORDS).index(found[0]) if found[0] in _WORDS else len(_WORDS), found[0])


def _few(names: list[str]) -> str:
    return f"{len(names)} ({', '.join(names[:_SHOWN])}{', ...' if len(names) > _SHOWN else ''})"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
