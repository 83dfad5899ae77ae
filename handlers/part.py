"""What a source assigns to an agent: parts, and how new all of it is."""

from typing import NamedTuple

from wire.held import Item


class Part(NamedTuple):
    """An item with its content, and ``position``: that of the newest event it rests on."""

    position: int
    item: Item
    content: bytes = b""


class Told(NamedTuple):
    """What one source says. ``position`` is that of the newest event any of it rests on, also one that took something
    away, so that the manifest's version grows all the same; ``since`` makes every part as new as that to this agent.
    ``too_much``: it fits into no manifest, and the agent is told nothing at all."""

    position: int = 0
    parts: tuple[Part, ...] = ()
    since: int = 0
    too_much: bool = False


NOTHING_TOLD = Told()
