"""`muster sorting`: where new agents go."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from console.ascii_json import ascii_json
from console.commands.order_given import Sentences, give_order
from console.commands.sorting_file import read_sorting_file
from console.results import remark, show_one
from console.session import DataDir, Form, Output, Session, session_of
from console.tables import print_table

app = typer.Typer(help="Where new agents go: the first rule that holds decides.", no_args_is_help=True)
_SORTED = {"name": "AGENT", "now": "NOW IN", "then": "WOULD BE IN", "rule": "RULE"}
RulesFile = Annotated[
    Path, typer.Argument(metavar="FILE", help=r"\[\[sort]] tables, as `muster apply` has them; sort = [] for no rules.")
]


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
    rules = read_sorting_file(file, _group_paths(session))
    number = f"{len(rules)} sorting rule{'s are' if len(rules) != 1 else ' is'}" if rules else "No sorting rule is"
    told = Sentences(f"{number} in force now.", "Nothing changed: these rules are in force.")
    give_order(session, "PUT", "/sorting-rules", {"rules": rules}, told)


@app.command("dry-run", epilog="Example: muster sorting dry-run rules.toml")
def dry_run(context: typer.Context, file: RulesFile, data: DataDir = None, output: Output = None) -> None:
    """Show which agents these rules would put elsewhere.

    Of those that are there; changes nothing.
    """
    session = session_of(context, data, output)
    rules = read_sorting_file(file, _group_paths(session))
    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    with session.api() as api:
        while True:
            part = api.ask("/sorting-rules/dry-run", {"rules": rules}, {"cursor": cursor})
            rows += part["items"]
            cursor = part["next"]
            if cursor is None:
                break
    if session.form is Form.JSON:
        sys.stdout.write(ascii_json({"items": rows}) + "\n")
        return
    if rows:
        print_table(session.environ, _SORTED, rows)
    remark(f"{len(rows)} agent{'s' * (len(rows) != 1)} would be elsewhere. Nothing was changed.")


def _group_paths(session: Session) -> list[str]:
    """Those of the groups that are there: rules name them."""
    with session.api() as api:
        pages = api.pages("/groups", {"limit": 1000}, every=True, as_csv=False)
        return [row["path"] for page in pages for row in page.document["items"]]
