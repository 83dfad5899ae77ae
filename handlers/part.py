"""One part of what is assigned to an agent."""

from typing import NamedTuple

from wire.held import Item


class Part(NamedTuple):
    """An item with its content, and ``position``: that of the newest event it rests on.

    Without an item: an event that took something away or moved it, so that the manifest's version grows all the same.
    """

    position: int
    item: Item | None = None
    content: bytes = b""
