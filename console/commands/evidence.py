"""`muster agents evidence`: one package as its agent signed it, verified with nothing but the public key."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from console.ascii_json import ascii_json
from console.entry_path import entry_path
from console.exit_code import CommandFailed, ExitCode
from console.given_file import name_of, read_given
from console.printable import printable
from console.session import DataDir, Form, Output, Session, session_of
from console.tables import print_fields
from wire.evidence import Tampered, read_evidence
from wire.msgspec_codec import MsgspecCodec

_ERASED = "The personal part of this event was erased: the package cannot be shown or verified any more."


def show_evidence(
    context: typer.Context,
    ref: Annotated[str | None, typer.Argument(metavar="[REF]", help="An agent_id, a registration_id, a name.")] = None,
    position: Annotated[
        int | None, typer.Argument(metavar="[POSITION]", min=0, help="Of the event, as the timeline shows it.")
    ] = None,
    number: Annotated[
        int | None, typer.Option("--number", min=1, metavar="N", help="Number in the agent's diary, not a position.")
    ] = None,
    verify: Annotated[
        Path | None,
        typer.Option("--verify", metavar="FILE", help="Verify what `-o json` printed; needs no server."),
    ] = None,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Show one package as its agent signed it.

    It is verified with nothing but the public key.
    """
    session = session_of(context, data, output)
    if verify is not None:
        document = _read(verify)
    elif ref is not None and (position is None) != (number is None):
        document = _fetched(session, ref, str(position) if number is None else f"n{number}")
    else:
        raise CommandFailed(ExitCode.USAGE, "Say which package: REF POSITION, REF --number N, or --verify FILE.")
    _show(session, document)
    _judge(document)


def _fetched(session: Session, ref: str, place: str) -> Any:
    with session.api() as api:
        return api.get(f"{entry_path(api, 'agents', ref)}/evidence/{place}").json()


def _read(file: Path) -> Any:
    try:
        document = json.loads(read_given(file))
    except (ValueError, RecursionError) as error:
        raise _no_evidence(file) from error
    if not isinstance(document, dict) or "package" not in document:
        raise _no_evidence(file)
    return document


def _no_evidence(file: Path) -> CommandFailed:
    told = f"{name_of(file)} is no evidence file: `muster agents evidence REF POSITION -o json` prints one."
    return CommandFailed(ExitCode.NO_EVIDENCE, printable(told))


def _show(session: Session, document: Any) -> None:
    if not isinstance(document, dict) or "package" not in document:
        return
    if session.form is Form.TABLE:
        package = document.get("package")
        around = {name: value for name, value in document.items() if name != "package"}
        print_fields(around | (package if isinstance(package, dict) else {}))
    else:
        sys.stdout.write(ascii_json(document) + "\n")


def _judge(document: Any) -> None:
    if not isinstance(document, dict) or "package" not in document:
        raise CommandFailed(ExitCode.TAMPERED, "TAMPERED: this is no evidence.")
    if document.get("erased") is True and document.get("package") is None:
        raise CommandFailed(ExitCode.FAILURE, _ERASED)
    try:
        found = read_evidence(MsgspecCodec(), document.get("package"))
        if document.get("registration_id") != found.header[8:40].hex():
            raise Tampered("the package is of another registration than is said")
    except Tampered as error:
        raise CommandFailed(ExitCode.TAMPERED, printable(f"TAMPERED: {error}")) from error
    sys.stderr.write(f"verified: signed by the key {document['registration_id']}\n")
