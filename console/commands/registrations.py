"""`muster registrations`: who asked to be managed, and deciding about it."""

from typing import Annotated

import typer

from console.commands import install_tickets, policy_dry_run, registration_merging, registration_policy
from console.commands.bulk_decision import Bulk, decide_in_bulk
from console.commands.registration_decision import One, decide_one
from console.commands.registration_filter import HELP, filters
from console.commands.registration_note import with_note
from console.entry_path import entry_path
from console.results import ListView, Paging, show_list, show_one
from console.session import Cursor, DataDir, Every, Form, Limit, Output, Session, session_of
from console.tables import print_table

app = typer.Typer(help="Who asked to be managed, and deciding about it.", no_args_is_help=True)
app.add_typer(registration_policy.app, name="policy")
registration_policy.app.command("dry-run", epilog=policy_dry_run.EXAMPLE)(policy_dry_run.dry_run)
app.add_typer(install_tickets.app, name="ticket")
app.command("merge", epilog=registration_merging.MERGE)(registration_merging.merge)
app.command("split", epilog=registration_merging.SPLIT)(registration_merging.split)

_VIEW = ListView(
    "/registrations",
    {"name": "NAME", "status": "STATUS", "note": "NOTE", "agent_id": "AGENT ID", "last_request": "LAST REQUEST"},
    "No registrations yet.",
    with_note,
    spare=("last_request", "note"),
)
Ref = Annotated[str, typer.Argument(metavar="REF", help="A registration_id, an agent_id or an unambiguous name.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept for ever with the decision.")]
IfMatch = Annotated[
    int | None,
    typer.Option("--if-match", metavar="VERSION", help="Decide only if this is still its version (read first)."),
]


SomeRef = Annotated[str | None, typer.Argument(metavar="REF", help="Like REF of show; or give --all-matching.")]
Matching = Annotated[list[str] | None, typer.Option("--all-matching", metavar="FILTER", help=HELP)]
Confirm = Annotated[int | None, typer.Option("--confirm", metavar="COUNT", help="How many you mean to decide about.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what would be done, change nothing.")]


@app.command("list", epilog="Example: muster registrations list --status Pending")
def list_registrations(
    context: typer.Context,
    status: Annotated[
        str | None, typer.Option("--status", help="Pending, Allowed, Blocked, Revoked or Forked.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="This name, or a mask of names.")] = None,
    query: Annotated[str | None, typer.Option("--query", help="This text somewhere in what describes it.")] = None,
    where: Annotated[list[str] | None, typer.Option("--where", metavar="FILTER", help=HELP)] = None,
    left: Annotated[bool, typer.Option("--left", help="Only Blocked ones that left the list.")] = False,
    duplicate: Annotated[
        bool, typer.Option("--duplicate", help="Only those that name another's resource keys.")
    ] = False,
    merged: Annotated[
        bool, typer.Option("--merged", help="Those merged into other entries, and keys not in use.")
    ] = False,
    counts: Annotated[bool, typer.Option("--counts", help="Only how many have each status.")] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
    every: Every = False,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """List every request and every completed registration.

    LAST REQUEST is true to the hour: repeats that say nothing new are recorded once an hour.
    """
    session = session_of(context, data, output)
    options = {"status": status, "name": name, "query": query, "left": _on(left)}
    options |= {"duplicate": _on(duplicate), "merged": _on(merged)}
    sought = filters(where or []) | {field: value for field, value in options.items() if value is not None}
    if counts:
        _show_counts(session, sought)
    else:
        show_list(session, _VIEW, Paging(limit, cursor, every), sought)


@app.command("show", epilog="Example: muster registrations show web-01")
def show_registration(context: typer.Context, ref: Ref, data: DataDir = None, output: Output = None) -> None:
    """Show one registration, and what can be decided about it."""
    session = session_of(context, data, output)
    with session.api() as api:
        show_one(session, api.get(entry_path(api, "registrations", ref)))


@app.command("allow", epilog='Example: muster registrations allow web-01 --reason "ordered by finance"')
def allow(
    context: typer.Context,
    ref: SomeRef = None,
    reason: Reason = "",
    if_match: IfMatch = None,
    merge: Annotated[
        bool, typer.Option("--merge", help="Also when it becomes one entry with another machine.")
    ] = False,
    matching: Matching = None,
    confirm: Confirm = None,
    dry_run: DryRun = False,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Let a machine in that is Pending, Blocked or Revoked.

    One that names the resource keys of an Allowed machine becomes one entry with that: it needs --merge.
    """
    session = session_of(context, data, output)
    if (bulk := _bulk("allow", ref, reason, if_match, matching, confirm, dry_run)) is not None:
        decide_in_bulk(session, bulk)
    else:
        decide_one(session, One("allow", str(ref), reason, if_match, dry_run, merge))


@app.command("block", epilog='Example: muster registrations block web-01 --reason "not ours"')
def block(
    context: typer.Context,
    ref: SomeRef = None,
    reason: Reason = "",
    if_match: IfMatch = None,
    matching: Matching = None,
    confirm: Confirm = None,
    dry_run: DryRun = False,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Keep a machine out that is Pending or Revoked.

    An Allowed one is revoked first.
    """
    session = session_of(context, data, output)
    if (bulk := _bulk("block", ref, reason, if_match, matching, confirm, dry_run)) is not None:
        decide_in_bulk(session, bulk)
    else:
        decide_one(session, One("block", str(ref), reason, if_match, dry_run))


@app.command("revoke", epilog='Example: muster registrations revoke web-01 --reason "stolen"')
def revoke(
    context: typer.Context,
    ref: SomeRef = None,
    reason: Reason = "",
    if_match: IfMatch = None,
    matching: Matching = None,
    confirm: Confirm = None,
    dry_run: DryRun = False,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Withdraw the trust in a machine that is Allowed; with a --reason."""
    if not reason.strip() and not dry_run:
        raise typer.BadParameter("revoke needs a --reason.")
    session = session_of(context, data, output)
    if (bulk := _bulk("revoke", ref, reason, if_match, matching, confirm, dry_run)) is not None:
        decide_in_bulk(session, bulk)
    else:
        decide_one(session, One("revoke", str(ref), reason, if_match, dry_run))


def _on(flag: bool) -> str | None:
    return "true" if flag else None


def _show_counts(session: Session, sought: dict[str, str]) -> None:
    with session.api() as api:
        response = api.get("/registrations/counts", sought)
    if session.form is Form.TABLE:
        rows = [{"status": word, "count": count} for word, count in response.json().items()]
        print_table(session.environ, {"status": "STATUS", "count": "COUNT"}, rows)
    else:
        show_one(session, response)


def _bulk(
    verb: str,
    ref: str | None,
    reason: str,
    if_match: int | None,
    matching: list[str] | None,
    confirm: int | None,
    dry_run: bool,
) -> Bulk | None:
    """The decision about many that is meant, None when it is about one; a usage error when it is neither."""
    if not matching:
        if ref is None or confirm is not None:
            raise typer.BadParameter("Give REF, or --all-matching with --confirm or --dry-run.")
        return None
    if ref is not None or if_match is not None:
        raise typer.BadParameter("--all-matching goes without REF and --if-match.")
    if not reason.strip() and not dry_run:
        raise typer.BadParameter("--all-matching needs a --reason.")
    return Bulk(verb, filters(matching), reason, confirm, dry_run)
