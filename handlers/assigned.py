"""What is assigned to an agent, from every source there is, and what of it an answer has to carry."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from handlers.batch import Batch
from handlers.known_key import KnownKey
from handlers.lists import lists
from handlers.part import Part, Told
from handlers.policies import policies
from wire.held import NO_LISTS, NOTHING, Manifest, Version, contents_that_fit, manifest_plain

MANIFEST_LIMIT = 480 * 1024
"""Bytes of a manifest: with the contents beside it, it fits into a frame. `domain/manifest_room.py` keeps below it."""
Source = Callable[[KnownKey, Batch], Told]
SOURCES: tuple[Source, ...] = (lists, policies)
"""A source tells committed facts only, in the order of the manifest; it is asked at every call-in, so it must be cheap:
what agents share is made once and kept in memory. Parts are looked at only where an agent lacks something."""


class Delivery(NamedTuple):
    """Everything assigned to one agent now; ``version`` is NOTHING where nothing ever was."""

    version: Version
    told: Sequence[Told]

    @property
    def parts(self) -> list[Part]:
        """Of all sources, in the order of the manifest."""
        return [
            part._replace(position=told.since) if part.position < told.since else part
            for told in self.told
            for part in told.parts
        ]

    @property
    def too_much(self) -> bool:
        """It fits into no manifest."""
        return any(each.too_much for each in self.told)


def assigned(known: KnownKey, batch: Batch) -> Delivery:
    """Ask every source."""
    told = [source(known, batch) for source in SOURCES]
    newest = max(each.position for each in told)
    return Delivery((batch.deployment.epoch, newest) if newest else NOTHING, told)


def recall(known: KnownKey, lists_hash: bytes, batch: Batch) -> None:
    """Look up, once, what this agent said to an earlier worker that it holds, when it names a hash not known here."""
    if known.held_recalled or lists_hash in (NO_LISTS, known.held_hash):
        return
    known.held_recalled = True
    if (said := batch.records.log.held_said(known.subject_id)) is not None:
        known.held_hash, known.held_version = said.lists_hash, (said.epoch, said.position)


def differences(known: KnownKey, lists_hash: bytes, delivery: Delivery) -> dict[str, Any]:
    """What a PropsResponse says about lists to an agent whose state hash ends so; nothing when nothing is different.

    An agent that claims to hold what this worker never heard of is asked. One that holds a newer manifest than there
    is, after a restore, would refuse this one: it is left alone until the log has overtaken it. So is one that is
    assigned more than a manifest carries; the reports say so.
    """
    if delivery.version == NOTHING or delivery.too_much:
        known.held_items = None
        return {}
    known_hash = lists_hash in (NO_LISTS, known.held_hash)
    if not known_hash:
        return {"held": True}
    held: Version = NOTHING
    has: dict[bytes, int] | None = {}
    if lists_hash == known.held_hash:
        held, has = known.held_version, known.held_items
    if held >= delivery.version:
        known.held_items = None
        return {}
    parts = delivery.parts
    items = tuple(part.item for part in parts)
    if has:  # Of what it names, no more is kept than counts.
        has = known.held_items = {item.id: has[item.id] for item in items if item.id in has}
    if held == NOTHING and not items:
        return {}
    told: dict[str, Any] = {"manifest": manifest_plain(Manifest(*delivery.version, items))}
    contents = contents_that_fit(_missing(has, held, delivery.version[0], parts))
    return {**told, "contents": contents} if contents else told


def _missing(has: dict[bytes, int] | None, held: Version, epoch: int, parts: Sequence[Part]) -> list[bytes]:
    """The contents an agent lacks, each once: by its own statement where it made one, else all that came since."""
    missing: dict[bytes, bytes] = {}
    for position, item, content in parts:
        if has is not None:
            lacks = has.get(item.id) != item.version
        else:
            lacks = (epoch, position) > held
        if lacks:
            missing[item.digest] = content
    return list(missing.values())
