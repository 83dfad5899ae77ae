"""`muster registrations merge` and `split`: two entries that are one machine, and one that was two after all."""

from typing import Annotated, Any

import typer

from console.entry_path import entry_path
from console.results import show_outcome
from console.session import DataDir, Output, Session, session_of

MERGE = 'Example: muster registrations merge NEW_ID --into web-01 --reason "reinstalled, ticket 4711"'
SPLIT = 'Example: muster registrations split NEW_ID --reason "two machines with one serial number"'
Ref = Annotated[str, typer.Argument(metavar="REF", help="A registration_id, an agent_id or an unambiguous name.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept for ever with the decision.")]


def merge(
    context: typer.Context,
    ref: Ref,
    into: Annotated[str, typer.Option("--into", metavar="REF", help="The entry that stays; it is Allowed.")],
    reason: Reason,
    data: DataDir = None,
    output: Output = None,
) -> None:
    """Let one entry be the same machine as another; `split` undoes it."""
    body, words = {"into": into, "reason": reason}, ("is one with the other", "they are one entry already")
    _decide(session_of(context, data, output), "merge", ref, body, words)


def split(context: typer.Context, ref: Ref, reason: Reason, data: DataDir = None, output: Output = None) -> None:
    """Undo a merge: both machines are whole again, all history is kept."""
    words = ("is an entry of its own again", "it is an entry of its own already")
    _decide(session_of(context, data, output), "split", ref, {"reason": reason}, words)


def _decide(session: Session, verb: str, ref: str, body: dict[str, str], words: tuple[str, str]) -> None:
    with session.api() as api:
        seen = api.get(entry_path(api, "registrations", ref))
        path = f"/registrations/{seen.json()['registration_id']}"
        document = api.order("POST", f"{path}/{verb}", body, seen.headers["ETag"])
    show_outcome(session, document, _sentence(document, *words))


def _sentence(document: dict[str, Any], done: str, unchanged: str) -> str:
    if document["outcome"] == "unchanged":
        return f"Nothing changed: {unchanged}."
    row = document["registration"]
    return f"{row['name']} {done}." if row else "The decision is in the log."
