"""A file that a person named: read whole or refused, `-` for what comes in on standard input."""

import sys
from pathlib import Path

from console.exit_code import CommandFailed, ExitCode
from console.printable import printable

_STANDARD_INPUT = Path("-")
_MOST = 64 * 1024 * 1024
"""More than any file of a person's; what comes in on standard input ends here."""


def read_given(path: Path, what: str = "a file", limit: int = _MOST) -> bytes:
    """Its bytes; CommandFailed when there is none, or when it has more than ``what`` may have."""
    try:
        if path == _STANDARD_INPUT:
            raw = sys.stdin.buffer.read(limit + 1)
        else:
            with path.open("rb") as opened:
                raw = opened.read(limit + 1)
    except OSError as unreadable:
        message = f"{name_of(path)} cannot be read: {unreadable.strerror}."
        raise CommandFailed(ExitCode.USAGE, printable(message)) from unreadable
    if len(raw) > limit:
        message = f"{name_of(path)} has more than {limit} bytes; {what} has at most {limit}."
        raise CommandFailed(ExitCode.REFUSED, printable(message))
    return raw


def read_given_text(path: Path, what: str = "a file", limit: int = _MOST) -> str:
    """The same as text."""
    try:
        return read_given(path, what, limit).decode("utf-8-sig")
    except UnicodeDecodeError as strange:
        raise CommandFailed(ExitCode.REFUSED, printable(f"{name_of(path)} is not UTF-8 text.")) from strange


def name_of(path: Path) -> str:
    """What the file is called in a sentence."""
    return "standard input" if path == _STANDARD_INPUT else str(path)
