"""Of everything held: per category the first item whose condition holds where the machine is now."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from wire.codec import Codec, MalformedBody
from wire.conditions import ALWAYS, BadCondition, holds, read
from wire.held import Item

_log = logging.getLogger("muster.agent")


class Place(NamedTuple):
    """Where and what the machine is at this moment."""

    addresses: Sequence[str]
    properties: Mapping[str, Any]


class InForce(NamedTuple):
    """An item in force with its settings; None when its content is no map."""

    item: Item
    settings: dict[str, Any] | None


def in_force(held: Iterable[tuple[Item, bytes]], kind: str, place: Place, codec: Codec) -> dict[str, InForce]:
    """Category to the item of ``kind`` in force; a category with conditions none of which holds is left out."""
    chosen: dict[str, InForce] = {}
    for item, content in held:
        if item.kind == kind and item.category not in chosen and _holds(item, place):
            chosen[item.category] = InForce(item, _settings(content, codec))
    return chosen


def _holds(item: Item, place: Place) -> bool:
    try:
        condition = read(item.when)
    except BadCondition as error:  # of a newer server: what it means is not known, so it is not met
        _log.warning("the condition of %r in %r is not understood: %s", item.name, item.category, error)
        return False
    return condition == ALWAYS or holds(condition, place.addresses, place.properties)


def _settings(content: bytes, codec: Codec) -> dict[str, Any] | None:
    try:
        plain = codec.decode(content)
    except MalformedBody:
        return None
    return plain if isinstance(plain, dict) else None
