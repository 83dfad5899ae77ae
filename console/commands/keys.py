"""`muster keys`: the keys the server answers with, and how strong agents' keys must be."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from console.exit_code import CommandFailed, ExitCode
from console.given_file import name_of, read_given_text
from console.printable import printable
from console.results import ListView, Paging, show_list, show_one, show_outcome
from console.session import DataDir, Output, Session, session_of

app = typer.Typer(help="The server's keys, and what agents' keys must be.", no_args_is_help=True)
policy = typer.Typer(help="How strong agents' keys must be.", no_args_is_help=True)
app.add_typer(policy, name="policy")
_VIEW = ListView(
    "/server-keys",
    {
        "version": "VERSION",
        "algorithm": "ALGORITHM",
        "state": "STATE",
        "agents": "AGENTS",
        "created_at": "CREATED",
        "activated_at": "ACTIVATED",
        "until": "UNTIL",
    },
    "No server keys yet.",
    spare=("created_at", "activated_at"),
)
Version = Annotated[int, typer.Argument(metavar="VERSION", min=1, help="As `muster keys list` shows it.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept for ever.")]
Force = Annotated[bool, typer.Option("--force", help="Although agents rely on it; needs a reason.")]
Minimum = Annotated[
    int, typer.Option("--minimum-version", min=0, metavar="N", help="Agents it answers believe no older version.")
]


class Algorithm(StrEnum):
    """What a key may sign with."""

    ED25519 = "ed25519"
    P256 = "p256"
    RSA2048 = "rsa2048"


@app.command("list", epilog="Example: muster keys list")
def list_keys(context: typer.Context, data: DataDir = None, output: Output = None) -> None:
    """List the server keys and how many agents rely on each."""
    show_list(session_of(context, data, output), _VIEW, Paging())


@app.command("create", epilog="Example: muster keys create --algorithm ed25519")
def create(
    context: typer.Context,
    algorithm: Annotated[Algorithm, typer.Option("--algorithm")] = Algorithm.ED25519,
    minimum_version: Minimum = 0,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Make a server key, to be certified and activated."""
    body = {"algorithm": algorithm.value, "minimum_version": minimum_version}
    _order(session_of(context, data, output), "POST", "/server-keys", body)


@app.command("import", epilog="Example: muster keys import old-server-key.pem")
def import_key(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="PEM. RSA-1024 is listed and counted, nothing more.")],
    minimum_version: Minimum = 0,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Take in a server key made elsewhere."""
    body = {"pem": read_given_text(file), "minimum_version": minimum_version}
    _order(session_of(context, data, output), "POST", "/server-keys/import", body)


@app.command("request", epilog="Example: muster keys request 2 > request.json")
def request(context: typer.Context, version: Version, data: DataDir = None, output: Output = None) -> None:
    """Print what the root key is to sign.

    `muster root sign` takes it, on any machine.
    """
    with session_of(context, data, output).api() as api:
        key = api.get(f"/server-keys/{version}").json()
    if key["request"] is None:
        raise CommandFailed(ExitCode.CONFLICT, f"Server key {version} waits for no certificate.")
    sys.stdout.write(json.dumps({"version": version, "statement": key["request"]}) + "\n")


@app.command("certify", epilog="Example: muster keys certify certificate.json")
def certify(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `muster root sign` printed.")],
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Install the certificate of a server key."""
    try:
        body = json.loads(read_given_text(file))
        path = f"/server-keys/{int(body['version'])}/certificate"
    except (ValueError, TypeError, KeyError) as error:
        raise CommandFailed(
            ExitCode.USAGE, printable(f"{name_of(file)} is no certificate of `muster root sign`.")
        ) from error
    _order(session_of(context, data, output), "POST", path, body)


@app.command("activate", epilog="Example: muster keys activate 2")
def activate(
    context: typer.Context, version: Version, reason: Reason = "", data: DataDir = None, output: Output = None
) -> None:
    """Answer agents with this key from now on.

    An older one takes its place back the same way.
    """
    _order(session_of(context, data, output), "POST", f"/server-keys/{version}/activate", {"reason": reason})


@app.command("retire", epilog="Example: muster keys retire 1")
def retire(
    context: typer.Context,
    version: Version,
    force: Force = False,
    reason: Reason = "",
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Use a key no more; refused while agents rely on it."""
    body = {"reason": reason, "force": force}
    _order(session_of(context, data, output), "POST", f"/server-keys/{version}/retire", body)


@app.command("delete", epilog="Example: muster keys delete 1")
def delete(
    context: typer.Context,
    version: Version,
    force: Force = False,
    reason: Reason = "",
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Destroy the private half of a retired key."""
    params = {"force": str(force).lower(), "reason": reason}
    _order(session_of(context, data, output), "DELETE", f"/server-keys/{version}", params=params)


@policy.command("show", epilog="Example: muster keys policy show")
def show_policy(context: typer.Context, data: DataDir = None, output: Output = None) -> None:
    """Show the least algorithm, and who is below it."""
    session = session_of(context, data, output)
    with session.api() as api:
        show_one(session, api.get("/key-policy"))


@policy.command("set", epilog="Example: muster keys policy set --minimum p256")
def set_policy(
    context: typer.Context,
    minimum: Annotated[Algorithm, typer.Option("--minimum", help="A new agent's key must be this strong.")],
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Set the least algorithm of agents' keys.

    Agents that registered before keep calling in.
    """
    session = session_of(context, data, output)
    with session.api() as api:
        etag = api.get("/key-policy").headers["ETag"]
        document = api.order("PUT", "/key-policy", {"minimum": minimum.value}, etag)
    below = (document["policy"] or {}).get("below", "?")
    begin = "Nothing changed: the" if document["outcome"] == "unchanged" else "The"
    told = f"{begin} minimum is {minimum.value}; {below} agent{' is' if below == 1 else 's are'} below it."
    show_outcome(session, document, told)


def _order(session: Session, method: str, path: str, body: Any = None, params: dict[str, Any] | None = None) -> None:
    with session.api() as api:
        document = api.order(method, path, body, params=params)
    show_outcome(session, document, _sentence(document))


def _sentence(document: dict[str, Any]) -> str:
    key = document["server_key"]
    if key is None or document.get("stale"):
        return "It is in the log."
    begin = "Nothing changed: server key" if document["outcome"] == "unchanged" else "Server key"
    waits = f" It waits for a certificate: muster keys request {key['version']}." if key["request"] else ""
    return f"{begin} {key['version']} ({key['algorithm']}) is {key['state']}.{waits}"
