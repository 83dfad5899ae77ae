"""`muster policies category`: what the settings of a category's policies must be."""

from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from console.commands.order_given import Sentences, give_order
from console.commands.settings_file import read_settings
from console.exit_code import CommandFailed, ExitCode
from console.results import ListView, Paging, show_fields, show_list
from console.session import Cursor, DataDir, Every, Form, Limit, Output, session_of

app = typer.Typer(help="What the settings of a category must be.", no_args_is_help=True)
_PATH = "/policy-categories"
_VIEW = ListView(
    _PATH,
    {"category": "CATEGORY", "built_in": "BUILT IN", "defined_at": "DEFINED", "defined_by": "BY"},
    "No categories.",
    spare=("defined_by",),
)
Category = Annotated[str, typer.Argument(metavar="CATEGORY", help="One that people defined.")]


@app.command("list", epilog="Example: muster policies category list")
def list_categories(
    context: typer.Context,
    limit: Limit = 100,
    cursor: Cursor = None,
    every: Every = False,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """List the categories."""
    show_list(session_of(context, data, output), _VIEW, Paging(limit, cursor, every))


@app.command("show", epilog="Example: muster policies category show vpn")
def show_category(
    context: typer.Context,
    category: Annotated[str, typer.Argument(metavar="CATEGORY", help="As file or agent.")],
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Show a category; its schema alone as `set` takes it, with -o json."""
    session = session_of(context, data, output)
    with session.api() as api:
        pages = list(api.pages(_PATH, {"limit": 1000}, every=True, as_csv=False))
    found = [row for page in pages for row in page.document["items"] if row["category"] == category]
    if not found:
        raise CommandFailed(ExitCode.NOT_FOUND, f"There is no category {category}.")
    show_fields(session, found[0]["schema"] if session.form is Form.JSON else found[0])


@app.command("set", epilog="Example: muster policies category set vpn schema.json")
def define_category(
    context: typer.Context,
    category: Category,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A JSON Schema, as JSON or TOML.")],
    force: Annotated[
        bool, typer.Option("--force", help="Although policies that are written do not fit; they stay as they are.")
    ] = False,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Say what the settings of a category must be.

    Refused, naming them, while policies that are written do not fit.
    """
    session = session_of(context, data, output)
    told = Sentences(f"Settings of {category} must fit this now.", f"Nothing changed: {category} says so already.")
    give_order(session, "PUT", _path(category), {"schema": read_settings(file), "force": force}, told)


@app.command("delete", epilog="Example: muster policies category delete vpn")
def delete_category(
    context: typer.Context,
    category: Category,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept for ever.")] = "",
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Delete a category that no policy is of."""
    session = session_of(context, data, output)
    told = Sentences(f"Category {category} is no more.", "Nothing changed: it is no more.")
    give_order(session, "DELETE", _path(category), {"reason": reason}, told)


def _path(category: str) -> str:
    return f"{_PATH}/{quote(category, safe='')}"
