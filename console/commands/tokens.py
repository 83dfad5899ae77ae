"""`muster tokens`: the bearer tokens of people and programs."""

from enum import StrEnum
from typing import Annotated
from urllib.parse import quote

import typer

from console.commands.order_given import Sentences, give_order
from console.results import ListView, Paging, remark, show_fields, show_list
from console.session import DataDir, Form, Output, session_of

app = typer.Typer(help="The bearer tokens of people and programs.", no_args_is_help=True)
_VIEW = ListView(
    "/tokens",
    {
        "token_id": "TOKEN ID",
        "name": "NAME",
        "role": "ROLE",
        "expires_at": "EXPIRES",
        "last_used_at": "LAST USED",
        "revoked": "REVOKED",
    },
    "No tokens yet.",
    spare=("revoked", "last_used_at", "expires_at"),
)


class Role(StrEnum):
    """What a token may do; the same words as the API's."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    ADMIN = "admin"


@app.command("list", epilog="Example: muster tokens list")
def list_tokens(context: typer.Context, data: DataDir = None, output: Output = None) -> None:
    """List every token ever made, without its secret."""
    show_list(session_of(context, data, output), _VIEW, Paging())


@app.command("create", epilog="Example: muster tokens create --name alice --role operator --expires-days 90")
def create(
    context: typer.Context,
    name: Annotated[str, typer.Option("--name", help="Whose it is; decisions carry this name.")],
    role: Annotated[Role, typer.Option("--role", help="What it may do.")],
    expires_days: Annotated[
        int | None, typer.Option("--expires-days", min=1, max=36_500, help="Ends by itself (never).")
    ] = None,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Make a token; its secret is printed this once."""
    session = session_of(context, data, output)
    life_s = None if expires_days is None else expires_days * 86_400
    with session.api() as api:
        document = api.order("POST", "/tokens", {"name": name, "role": role.value, "expires_in_s": life_s})
    if session.form is Form.TABLE:
        document = {name: document[name] for name in ("token_id", "name", "role", "expires_at", "token")}
    show_fields(session, document)
    remark("Keep the token now: it is not stored anywhere and cannot be shown again.")


@app.command("revoke", epilog="Example: muster tokens revoke 3f0c7f3e-3d0e-4c6e-9d5f-0f3f6b0f9d11")
def revoke(
    context: typer.Context,
    token_id: Annotated[str, typer.Argument(metavar="ID", help="Its token_id, as `muster tokens list` shows it.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")] = "",
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Make a token useless, at once and for good."""
    session = session_of(context, data, output)
    told = Sentences("The token is revoked.", "Nothing changed: it was revoked already.")
    give_order(session, "DELETE", f"/tokens/{quote(token_id, safe='')}", None, told, {"reason": reason})
