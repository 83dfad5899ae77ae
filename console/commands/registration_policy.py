"""`muster registrations policy`: what happens to a first request that nobody decided yet."""

from enum import StrEnum
from typing import Annotated

import typer

from console.results import show_one, show_outcome
from console.session import DataDir, Output, session_of

app = typer.Typer(help="What happens to a first request that nobody decided yet.", no_args_is_help=True)
_PATH = "/registration-policy"


class Otherwise(StrEnum):
    """The policies there are; the same words as the API's."""

    PENDING = "pending"
    ALLOW_ALL = "allow-all"
    BLOCK_ALL = "block-all"


@app.command("show", epilog="Example: muster registrations policy show")
def show_policy(context: typer.Context, data: DataDir = None, output: Output = None) -> None:
    """Show the policy in force."""
    session = session_of(context, data, output)
    with session.api() as api:
        show_one(session, api.get(_PATH))


@app.command("set", epilog="Example: muster registrations policy set allow-all")
def set_policy(
    context: typer.Context,
    otherwise: Annotated[Otherwise, typer.Argument(help="Wait for a person, let in, or keep out.")],
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Put another policy in place; decisions already made stay."""
    session = session_of(context, data, output)
    with session.api() as api:
        etag = api.get(_PATH).headers["ETag"]
        document = api.order("PUT", _PATH, {"otherwise": otherwise.value}, etag)
    known = "Nothing changed: the policy is" if document["outcome"] == "unchanged" else "The policy is now"
    show_outcome(session, document, f"{known} {otherwise.value}.")
