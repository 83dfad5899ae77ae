"""The install ticket of this agent: a seed that lets it in once, without a person's further decision."""

import base64
import binascii
from pathlib import Path

from wire.install_ticket import SEED_SIZE

TICKET = "ticket"


class UnusableTicket(Exception):
    """The install ticket is not one line of base64 for 32 bytes."""


def read_ticket(text: str, where: str) -> bytes:
    """The seed in a ticket; raise UnusableTicket."""
    try:
        seed = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnusableTicket(
            f"{where} is not one install ticket, a line of base64 alone in its file: {error}"
        ) from error
    if len(seed) != SEED_SIZE:
        raise UnusableTicket(f"{where}: an install ticket has {SEED_SIZE} bytes, this one {len(seed)}")
    return seed


def read_ticket_file(path: Path) -> bytes:
    """The one ticket in a file; raise UnusableTicket."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UnusableTicket(f"{path}: {error}") from error
    return read_ticket(text, str(path))


def stored_ticket(home: Path) -> bytes:
    """The seed that an install put into this home; empty when there is none."""
    path = home / TICKET
    return read_ticket_file(path) if path.is_file() else b""
