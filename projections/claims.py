"""What a machine says, made fit to be kept: of the right kind, cut to size, storable in any database."""

import json
from typing import Any

import msgspec

MAX_TEXT = 255
GREATEST = 2**63 - 1
_encode = msgspec.json.Encoder().encode


def text(value: object, limit: int = MAX_TEXT) -> str:
    """A text of at most `limit` characters; NUL and lone surrogates, which no database takes, are replaced."""
    if not isinstance(value, str):
        return ""
    cut = value[:limit].replace("\0", "\ufffd")
    return cut if cut.isascii() else cut.encode("utf-8", "replace").decode()


def whole(value: object) -> int | None:
    """A whole number, at the edge of 64 bits when it is beyond."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return max(-GREATEST, min(GREATEST, value))


def some_bytes(value: object, limit: int) -> bytes | None:
    """At most `limit` bytes."""
    return value[:limit] if isinstance(value, bytes) else None


def texts(value: object, limit: int = 64) -> list[str]:
    """The texts in a list."""
    return [text(each) for each in value[:limit] if isinstance(each, str)] if isinstance(value, list) else []


def sort_key(name: str) -> str:
    """The form of a name in which it is sorted and looked up: case does not matter."""
    return text(name.casefold())


def json_text(value: Any) -> str:
    """JSON: bytes as base64 text, NaN and infinities as null, whole numbers of any size as they are."""
    try:
        return _encode(value).decode()
    except (msgspec.MsgspecError, OverflowError, UnicodeError, TypeError):
        # Nothing that came over the wire gets here; whatever does must not stop a projection.
        return json.dumps(_plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {_plain(str(key)): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, float) and value - value != 0:
        return None
    if value is None or isinstance(value, int | float):
        return value
    return str(value) if not isinstance(value, bytes) else json.loads(_encode(value))
