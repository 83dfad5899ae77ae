"""MessagePack with caps on what a peer may make us build in memory; the codec itself is an argument."""

from typing import Any, Protocol

MAX_DEPTH = 32
MAX_STRING = 1024 * 1024
MAX_ITEMS = 65_536


class MalformedBody(Exception):
    """The bytes are not MessagePack, or exceed the limits of depth, string size or number of items."""


class Codec(Protocol):
    """Encodes plain values (None, bool, int, float, str, bytes, list, dict) to MessagePack and back."""

    def encode(self, value: Any) -> bytes:
        """Return the MessagePack form of ``value``."""
        ...

    def decode(self, data: bytes) -> Any:
        """Return the value; raise MalformedBody for anything that is not exactly one value within the caps."""
        ...


def check_caps(value: Any) -> None:
    """Raise MalformedBody when ``value`` is deeper, wider or longer than the protocol allows.

    Iterative on purpose: a hostile nesting must not meet Python's recursion limit first.
    """
    pending: list[tuple[Any, int]] = [(value, 1)]
    while pending:
        item, depth = pending.pop()
        if isinstance(item, dict):
            _check_container(len(item), depth)
            for key, inner in item.items():
                if not isinstance(key, str):
                    raise MalformedBody("map keys must be strings")
                _check_length(key)
                pending.append((inner, depth + 1))
        elif isinstance(item, list | tuple):
            _check_container(len(item), depth)
            pending.extend((inner, depth + 1) for inner in item)
        elif isinstance(item, str | bytes):
            _check_length(item)
        elif not (item is None or isinstance(item, bool | int | float)):
            raise MalformedBody(f"a value of kind {type(item).__name__} is not allowed")


def _check_container(size: int, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise MalformedBody(f"nested deeper than {MAX_DEPTH}")
    if size > MAX_ITEMS:
        raise MalformedBody(f"a map or list has {size} items, the limit is {MAX_ITEMS}")


def _check_length(text: str | bytes) -> None:
    if len(text) > MAX_STRING:
        raise MalformedBody(f"a string of {len(text)} is longer than {MAX_STRING}")
