"""Properties as a set: its salted hash, what changed between two, and a change applied."""

import hashlib
from typing import Any, NamedTuple

from wire.codec import Codec


class Change(NamedTuple):
    """A delta at the top level: keys set anew and keys that are gone."""

    set: dict[str, Any]
    gone: list[str]


def hash_of(codec: Codec, salt: bytes, properties: dict[str, Any]) -> bytes:
    """8 bytes that tell sets apart; salted, so that nobody learns a set by guessing it."""
    return hashlib.sha256(salt + codec.encode(_canonical(properties))).digest()[:8]


def change_between(codec: Codec, old: dict[str, Any], new: dict[str, Any]) -> Change:
    """What turns ``old`` into ``new``. Compared as encoded: to Python 1, 1.0 and True are equal."""

    def encoded(value: Any) -> bytes:
        return codec.encode(_canonical(value))

    changed = {key: value for key, value in new.items() if key not in old or encoded(old[key]) != encoded(value)}
    return Change(changed, sorted(key for key in old if key not in new))


def apply_change(old: dict[str, Any], change: Change) -> dict[str, Any]:
    """``old`` with ``change`` applied; applying it twice changes nothing more."""
    kept = {key: value for key, value in old.items() if key not in change.gone}
    return {**kept, **change.set}


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _canonical(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    return value
