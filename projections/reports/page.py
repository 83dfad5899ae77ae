"""Pages of a report, cursors between them, and what may go wrong when somebody asks."""

import base64
import binascii
from typing import Any, NamedTuple

import msgspec

MAX_LIMIT = 1000


class Page(NamedTuple):
    """Some rows of a report; `next` is the cursor of the following page, None on the last.

    The rows are as of `position`; `stale` says that events were in the log at the time of asking that they do not
    show yet.
    """

    items: list[dict[str, Any]]
    next: str | None
    position: int
    stale: bool


class NotFound(Exception):
    """Nothing in this deployment has that name or id."""


class Ambiguous(Exception):
    """Several have that name: use an id instead."""

    def __init__(self, candidates: list[str]) -> None:
        super().__init__(f"{self.__doc__} ({', '.join(candidates)})")
        self.candidates = candidates


class BadCursor(Exception):
    """This cursor was not given out by this report."""


def encode_cursor(report: str, *key: str | int) -> str:
    """Where the next page begins: after the row with this key, whatever comes or goes before it."""
    return base64.urlsafe_b64encode(msgspec.json.encode([report, *key])).decode().rstrip("=")


def decode_cursor(report: str, cursor: str | None, *kinds: type) -> list[Any] | None:
    """The key in a cursor of this report, None for the first page. Raises BadCursor."""
    if cursor is None:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        parts = msgspec.json.decode(base64.b64decode(padded, b"-_", validate=True))
    except (UnicodeError, binascii.Error, msgspec.DecodeError, RecursionError) as error:
        raise BadCursor((BadCursor.__doc__ or "").strip()) from error
    if not isinstance(parts, list) or parts[:1] != [report] or len(parts) != len(kinds) + 1:
        raise BadCursor((BadCursor.__doc__ or "").strip())
    if not all(type(part) is kind for part, kind in zip(parts[1:], kinds, strict=True)):
        raise BadCursor((BadCursor.__doc__ or "").strip())
    return parts[1:]


def within(limit: int) -> int:
    """A limit from 1 to MAX_LIMIT."""
    return max(1, min(limit, MAX_LIMIT))
