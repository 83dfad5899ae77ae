"""What is assigned to an agent, from every source there is, and what of it an answer has to carry."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from handlers.batch import Batch
from handlers.known_key import KnownKey
from handlers.lists import lists
from handlers.part import Part
from handlers.policies import policies
from wire.held import MAX_ITEMS, NO_LISTS, NOTHING, Manifest, Version, contents_that_fit, manifest_plain

Source = Callable[[KnownKey, Batch], Iterable[Part]]
SOURCES: tuple[Source, ...] = (lists, policies)
"""A source tells committed facts only, in the order of the manifest; it is asked at every call-in, so it must be cheap:
what agents share is made once and kept in memory. An event that took something away is a Part without an item."""


class Delivery(NamedTuple):
    """Everything assigned to one agent now; ``version`` is NOTHING where nothing ever was."""

    version: Version
    parts: list[Part]


def assigned(known: KnownKey, batch: Batch) -> Delivery:
    """Ask every source."""
    parts = [part for source in SOURCES for part in source(known, batch)]
    if not parts:
        return Delivery(NOTHING, parts)
    return Delivery((batch.deployment.epoch, max(part.position for part in parts)), parts)


def differences(known: KnownKey, lists_hash: bytes, delivery: Delivery) -> dict[str, Any]:
    """What a PropsResponse says about lists to an agent whose state hash ends so; nothing when nothing is different.

    An agent that claims to hold what this worker never heard of is asked. One that holds a newer manifest than there
    is, after a restore, would refuse this one: it is left alone until the log has overtaken it.
    """
    if delivery.version == NOTHING:
        return {}
    known_hash = lists_hash in (NO_LISTS, known.held_hash)
    if not known_hash:
        return {"held": True}
    held = known.held_version if lists_hash == known.held_hash else NOTHING
    if held >= delivery.version:
        known.held_items = None
        return {}
    items = tuple(part.item for part in delivery.parts if part.item is not None)
    if len(items) > MAX_ITEMS or (held == NOTHING and not items):
        return {}
    told: dict[str, Any] = {"manifest": manifest_plain(Manifest(*delivery.version, items))}
    contents = contents_that_fit(_missing(known, held, delivery))
    return {**told, "contents": contents} if contents else told


def _missing(known: KnownKey, held: Version, delivery: Delivery) -> list[bytes]:
    """The contents an agent lacks, each once: by its own statement where it made one, else all that came since."""
    missing: dict[bytes, bytes] = {}
    for position, item, content in delivery.parts:
        if item is None:
            continue
        if known.held_items is not None:
            lacks = known.held_items.get(item.id) != item.version
        else:
            lacks = (delivery.version[0], position) > held
        if lacks:
            missing[item.digest] = content
    return list(missing.values())
