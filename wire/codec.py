"""MessagePack with caps on what a peer may make us build in memory; the codec itself is an argument."""

from typing import Any, Protocol

MAX_DEPTH = 32
MAX_STRING = 1024 * 1024
MAX_ITEMS = 65_536
MAX_VALUES = 100_000
"""Values in one body, counted before any is built: a few hundred compressed bytes could otherwise become millions."""


_STRINGS, _LISTS, _SCALARS = (str, bytes), (list, tuple), (bool, int, float, type(None))


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


def check_count(data: bytes, most: int = MAX_VALUES) -> None:
    """Raise MalformedBody when the MessagePack in ``data`` holds more than ``most`` values (keys count too).

    A flat walk over the tokens: nothing is built, and no more than ``most`` steps are taken.
    """
    if len(data) <= most:
        return
    at, end = 0, len(data)
    for _ in range(most):
        if at >= end:
            return
        at += _token_size(data, at)
    if at < end:
        raise MalformedBody(f"more than {most} values")


def _token_size(data: bytes, at: int) -> int:
    """Bytes of one token, its payload included; of a container only its head."""
    first = data[at]
    if first < 0xA0 or first >= 0xE0:
        return 1
    if first < 0xC0:
        return 1 + (first & 0x1F)
    if (fixed := _FIXED.get(first)) is not None:
        return fixed
    length_bytes, extra = _SIZED.get(first, (0, 1))
    return extra + length_bytes + int.from_bytes(data[at + 1 : at + 1 + length_bytes], "big")


# Heads of fixed size: numbers, fixext, and the containers' heads with 2 or 4 bytes of length.
_FIXED = {
    **dict.fromkeys((0xC0, 0xC1, 0xC2, 0xC3), 1),
    **dict.fromkeys((0xCC, 0xD0), 2),
    **dict.fromkeys((0xCD, 0xD1, 0xDC, 0xDE, 0xD4), 3),
    **dict.fromkeys((0xCA, 0xCE, 0xD2, 0xDD, 0xDF), 5),
    **dict.fromkeys((0xCB, 0xCF, 0xD3), 9),
    0xD5: 4,
    0xD6: 6,
    0xD7: 10,
    0xD8: 18,
}
# Strings, bins and exts: bytes of their length, bytes of the head besides.
_SIZED = {
    **dict.fromkeys((0xC4, 0xD9), (1, 1)),
    **dict.fromkeys((0xC5, 0xDA), (2, 1)),
    **dict.fromkeys((0xC6, 0xDB), (4, 1)),
    0xC7: (1, 2),
    0xC8: (2, 2),
    0xC9: (4, 2),
}


def check_caps(value: Any) -> None:
    """Raise MalformedBody when ``value`` is deeper, wider or longer than the protocol allows.

    Level by level, on purpose: a hostile nesting must not meet Python's recursion limit first.
    """
    level, depth = [value], 1
    while level:
        below: list[Any] = []
        for item in level:
            if isinstance(item, _STRINGS):
                _check_length(item)
            elif isinstance(item, dict):
                _check_container(len(item), depth)
                for key in item:
                    if not isinstance(key, str):
                        raise MalformedBody("map keys must be str")
                    _check_length(key)
                below += item.values()
            elif isinstance(item, _LISTS):
                _check_container(len(item), depth)
                below += item
            elif not isinstance(item, _SCALARS):
                raise MalformedBody("extension types are not allowed, timestamps neither")
        level, depth = below, depth + 1


def _check_container(size: int, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise MalformedBody(f"nested deeper than {MAX_DEPTH}")
    if size > MAX_ITEMS:
        raise MalformedBody(f"a map or list has {size} items, the limit is {MAX_ITEMS}")


def _check_length(text: str | bytes) -> None:
    if len(text) > MAX_STRING:
        raise MalformedBody(f"a string of {len(text)} is longer than {MAX_STRING}")
