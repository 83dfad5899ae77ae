"""`muster registrations`: who asked to be managed, and deciding about it."""

from typing import Annotated, Any

import typer

from console.commands import install_tickets, registration_merging, registration_policy
from console.entry_path import entry_path
from console.results import ListView, Paging, show_list, show_one, show_outcome
from console.session import Cursor, DataDir, Every, Form, Limit, Output, Session, session_of
from console.tables import print_table

app = typer.Typer(help="Who asked to be managed, and deciding about it.", no_args_is_help=True)
app.add_typer(registration_policy.app, name="policy")
app.add_typer(install_tickets.app, name="ticket")
app.command("merge", epilog=registration_merging.MERGE)(registration_merging.merge)
app.command("split", epilog=registration_merging.SPLIT)(registration_merging.split)

_VIEW = ListView(
    "/registrations",
    {"name": "NAME", "status": "STATUS", "agent_id": "AGENT ID", "last_request": "LAST REQUEST"},
    "No registrations yet.",
)
Ref = Annotated[str, typer.Argument(metavar="REF", help="A registration_id, an agent_id or an unambiguous name.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept for ever with the decision.")]
IfMatch = Annotated[
    int | None,
    typer.Option("--if-match", metavar="VERSION", help="Decide only if this is still its version (read first)."),
]


@app.command("list", epilog="Example: muster registrations list --status Pending")
def list_registrations(
    context: typer.Context,
    status: Annotated[str | None, typer.Option("--status", help="Pending, Allowed, Blocked or Revoked.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="Exactly this name.")] = None,
    query: Annotated[str | None, typer.Option("--query", help="This text somewhere in what describes it.")] = None,
    duplicate: Annotated[
        bool, typer.Option("--duplicate", help="Only those that name another's resource keys.")
    ] = False,
    merged: Annotated[bool, typer.Option("--merged", help="Those that were merged into other entries.")] = False,
    counts: Annotated[bool, typer.Option("--counts", help="Only how many have each status.")] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
    every: Every = False,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """List every request and every completed registration."""
    session = session_of(context, data, output)
    if counts:
        _show_counts(session)
    else:
        chosen = {"status": status, "name": name, "query": query}
        chosen |= {name: "true" for name, is_on in (("duplicate", duplicate), ("merged", merged)) if is_on}
        show_list(session, _VIEW, Paging(limit, cursor, every), chosen)


@app.command("show", epilog="Example: muster registrations show web-01")
def show_registration(context: typer.Context, ref: Ref, data: DataDir = None, output: Output = None) -> None:
    """Show one registration, and what can be decided about it."""
    session = session_of(context, data, output)
    with session.api() as api:
        show_one(session, api.get(entry_path(api, "registrations", ref)))


@app.command("allow", epilog='Example: muster registrations allow web-01 --reason "ordered by finance"')
def allow(
    context: typer.Context,
    ref: Ref,
    reason: Reason = "",
    if_match: IfMatch = None,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Let a machine in that is Pending, Blocked or Revoked."""
    _decide(session_of(context, data, output), "allow", ref, reason, if_match)


@app.command("block", epilog='Example: muster registrations block web-01 --reason "not ours"')
def block(
    context: typer.Context,
    ref: Ref,
    reason: Reason = "",
    if_match: IfMatch = None,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Keep a machine out that is Pending or Revoked; an Allowed one is revoked first."""
    _decide(session_of(context, data, output), "block", ref, reason, if_match)


@app.command("revoke", epilog='Example: muster registrations revoke web-01 --reason "stolen"')
def revoke(
    context: typer.Context,
    ref: Ref,
    reason: Reason,
    if_match: IfMatch = None,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Withdraw the trust in a machine that is Allowed."""
    _decide(session_of(context, data, output), "revoke", ref, reason, if_match)


def _show_counts(session: Session) -> None:
    with session.api() as api:
        response = api.get("/registrations/counts")
    if session.form is Form.TABLE:
        rows = [{"status": word, "count": count} for word, count in response.json().items()]
        print_table(session.environ, {"status": "STATUS", "count": "COUNT"}, rows)
    else:
        show_one(session, response)


def _decide(session: Session, verb: str, ref: str, reason: str, if_match: int | None) -> None:
    with session.api() as api:
        path, etag = entry_path(api, "registrations", ref), f'"{if_match}"'
        if if_match is None:
            seen = api.get(path)
            # A name may come to mean another machine before the order is given; an id cannot.
            path, etag = f"/registrations/{seen.json()['registration_id']}", seen.headers["ETag"]
        document = api.order("POST", f"{path}/{verb}", {"reason": reason}, etag)
    show_outcome(session, document, _sentence(document))


def _sentence(document: dict[str, Any]) -> str:
    row = document["registration"]
    if row is None or document.get("stale"):
        return "The decision is in the log."
    if document["outcome"] == "unchanged":
        return f"Nothing changed: {row['name']} is {row['status']} already."
    if row["merged_into"]:
        return f"{row['name']} is {row['status']}, and one machine with {row['merged_into'][:16]}: `split` undoes that."
    waits = row["waits_for_request"]
    return f"{row['name']} is {row['status']}." + (
        " It is trusted from its next registration request on." if waits else ""
    )
