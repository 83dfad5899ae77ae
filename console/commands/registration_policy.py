"""`muster registrations policy`: what happens to a first request that nobody decided yet."""

from pathlib import Path
from typing import Annotated, Any

import typer

from console.policy_file import read_policy_file
from console.results import show_one, show_outcome
from console.session import DataDir, Output, session_of
from domain.registration_policy import Otherwise

app = typer.Typer(help="What happens to a first request that nobody decided yet.", no_args_is_help=True)
_PATH = "/registration-policy"


WORDS = frozenset(each.value for each in Otherwise)
PolicyFile = Annotated[Path, typer.Argument(metavar="FILE", help="A policy as JSON: otherwise, duplicates, rules.")]


@app.command("show", epilog="Example: muster registrations policy show")
def show_policy(context: typer.Context, data: DataDir = None, output: Output = None) -> None:
    """Show the policy in force."""
    session = session_of(context, data, output)
    with session.api() as api:
        show_one(session, api.get(_PATH))


@app.command("set", epilog="Example: muster registrations policy set allow-all")
def set_policy(
    context: typer.Context,
    policy: Annotated[
        str, typer.Argument(metavar="pending|allow-all|block-all|FILE", help="A policy without rules, or a file.")
    ],
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Put another policy in place; decisions already made stay."""
    session = session_of(context, data, output)
    plain: dict[str, Any] = {"otherwise": policy} if policy in WORDS else _from(policy)
    with session.api() as api:
        etag = api.get(_PATH).headers["ETag"]
        document = api.order("PUT", _PATH, plain, etag)
    known = "Nothing changed: the policy is" if document["outcome"] == "unchanged" else "The policy is now"
    rules = len(plain.get("rules", []))
    first = f"{rules} rule{'s' * (rules > 1)}, otherwise " if rules else ""
    show_outcome(session, document, f"{known} {first}{plain['otherwise']}.")


def _from(name: str) -> dict[str, Any]:
    path = Path(name)
    if not path.exists():
        words = ", ".join(each.value for each in Otherwise)
        raise typer.BadParameter(f"{name!r} is no file, and not one of {words}.")
    return read_policy_file(path)
