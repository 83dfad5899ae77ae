"""`muster apply` and `muster export`: the whole desired state in one file."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from console.commands.planned import numbered, refuse_as_planned
from console.document_file import read_document_file, told_faults
from console.exit_code import CommandFailed, ExitCode, Refused
from console.results import remark, show_fields, show_outcome
from console.session import DataDir, Form, Output, Session, session_of
from console.tables import print_table
from console.written_document import document_text

_PATH = "/desired-state"
_CHANGES = {"action": "ACTION", "what": "WHAT", "agents": "AGENTS TOUCHED"}


def apply(
    context: typer.Context,
    file: Annotated[Path, typer.Option("--file", "-f", metavar="FILE", help="The desired state, as TOML.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change; change nothing.")] = False,
    confirm: Annotated[
        int | None, typer.Option("--confirm", metavar="N", help="Agents that deletions touch, by the dry run.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept for ever.")] = "",
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Make the desired state what a file says, or nothing.

    Groups, policies, tasks, assignments and sorting rules, in one order: all of it or nothing.
    """
    session = session_of(context, data, output)
    document, text = read_document_file(file)
    try:
        if dry_run:
            _try(session, document)
        else:
            _apply(session, document, {"reason": reason or None, "confirm": confirm})
    except Refused as refused:
        if "faults" not in refused.problem:
            raise
        raise CommandFailed(ExitCode.REFUSED, told_faults(file, text, refused.problem["faults"])) from refused


def export(context: typer.Context, data: DataDir = None, output: Output = None) -> None:
    """Print the desired state as a file that `muster apply` takes."""
    session = session_of(context, data, output)
    with session.api() as api:
        response = api.get(_PATH)
    if session.form is Form.JSON:
        sys.stdout.write(response.text + "\n")
        return
    sys.stdout.write(document_text(response.json()))


def _apply(session: Session, document: dict[str, Any], params: dict[str, Any]) -> None:
    with session.api() as api:
        plan = api.ask(f"{_PATH}/plan", document, {})
        given = {name: value for name, value in params.items() if value is not None}
        outcome = api.order("PUT", _PATH, document, params=given)
    changes = len(plan["changes"])
    done = outcome["outcome"] == "done"
    told = f"{changes} change{'s' * (changes != 1)} applied; the revision is {outcome['revision']} now."
    show_outcome(session, outcome, told if done else "Nothing changed: the desired state is so already.")


def _try(session: Session, document: dict[str, Any]) -> None:
    with session.api() as api:
        plan = api.ask(f"{_PATH}/plan", document, {})
    if session.form is not Form.TABLE:
        show_fields(session, plan)
    elif plan["changes"]:
        print_table(session.environ, _CHANGES, plan["changes"])
    else:
        sys.stdout.write("Nothing would change.\n")
    refuse_as_planned(plan, "The file")
    if plan["taken"]:
        remark(f"What it deletes touches {numbered(plan['taken'], 'agent')}: to apply it, --confirm {plan['taken']}.")
    remark("Nothing was changed.")
