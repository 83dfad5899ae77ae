"""`muster sorting`: where new agents go."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from console.ascii_json import ascii_json
from console.commands.order_given import Sentences, give_order
from console.commands.settings_file import read_settings
from console.exit_code import CommandFailed, ExitCode
from console.results import remark, show_one
from console.session import DataDir, Form, Output, session_of
from console.tables import print_table

app = typer.Typer(help="Where new agents go: the first rule that holds decides.", no_args_is_help=True)
_SORTED = {"name": "AGENT", "now": "NOW IN", "then": "WOULD BE IN", "rule": "RULE"}
RulesFile = Annotated[Path, typer.Argument(metavar="FILE", help="[[sort]] tables, as `muster apply` has them.")]


@app.command("show", epilog="Example: muster sorting show -o json")
def show_rules(context: typer.Context, data: DataDir = None, output: Output = None) -> None:
    """Show the rules in force."""
    session = session_of(context, data, output)
    with session.api() as api:
        show_one(session, api.get("/sorting-rules"))


@app.command("set", epilog="Example: muster sorting set rules.toml")
def set_rules(context: typer.Context, file: RulesFile, data: DataDir = None, output: Output = None) -> None:
    """Put other rules in place.

    Agents that were placed once stay where they are.
    """
    session = session_of(context, data, output)
    rules = _rules(file)
    told = Sentences(f"{len(rules)} sorting rules are in force now.", "Nothing changed: these rules are in force.")
    give_order(session, "PUT", "/sorting-rules", {"rules": rules}, told)


@app.command("dry-run", epilog="Example: muster sorting dry-run rules.toml")
def dry_run(context: typer.Context, file: RulesFile, data: DataDir = None, output: Output = None) -> None:
    """Show which agents these rules would put elsewhere.

    Of those that are there; changes nothing.
    """
    session = session_of(context, data, output)
    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    with session.api() as api:
        while True:
            part = api.ask("/sorting-rules/dry-run", {"rules": _rules(file)}, {"cursor": cursor})
            rows += part["items"]
            cursor = part["next"]
            if cursor is None:
                break
    if session.form is Form.JSON:
        sys.stdout.write(ascii_json({"items": rows}) + "\n")
        return
    if rows:
        print_table(session.environ, _SORTED, rows)
    remark(f"{len(rows)} agents would be elsewhere. Nothing was changed.")


def _rules(file: Path) -> list[dict[str, Any]]:
    found = read_settings(file).get("sort", [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise CommandFailed(ExitCode.REFUSED, f"{file} holds no [[sort]] tables.")
    return [_rule(each) for each in found]


def _rule(plain: dict[str, Any]) -> dict[str, Any]:
    when = {kind: plain[kind] for kind in ("network", "property") if kind in plain}
    rest = {name: value for name, value in plain.items() if name not in ("network", "property")}
    return rest | {"when": when or None}
