"""What a server would have assigned, without a server: items and their contents in the order of a manifest."""

import hashlib
import uuid
from typing import Any

from agents.codec import MsgpackCodec
from wire.held import POLICY, TASK, Item, digest_of

CODEC = MsgpackCodec()


class Assigned:
    """Stands for Holdings."""

    def __init__(self) -> None:
        self._held: list[tuple[Item, bytes]] = []

    def items(self) -> list[tuple[Item, bytes]]:
        return list(self._held)

    def policy(
        self, category: str, settings: Any, *, name: str = "standard", version: int = 1, when: Any = None
    ) -> Item:
        """Assign a policy behind those there."""
        return self._add(POLICY, category, name, version, when, CODEC.encode(settings))

    def task(self, name: str, content: Any, *, version: int = 1, when: Any = None) -> Item:
        """Assign a task."""
        return self._add(TASK, f"task/{name}", name, version, when, CODEC.encode(content))

    def raw(self, kind: str, category: str, content: bytes) -> Item:
        """Assign whatever is in ``content``."""
        return self._add(kind, category, "raw", 1, None, content)

    def nothing(self) -> None:
        """End all assignments."""
        self._held.clear()

    def _add(self, kind: str, category: str, name: str, version: int, when: Any, content: bytes) -> Item:
        key = uuid.UUID(bytes=hashlib.sha256(f"{kind}/{category}/{name}".encode()).digest()[:16])
        item = Item(key.bytes, kind, category, name, version, digest_of(content), when)
        self._held = [(each, data) for each, data in self._held if (each.id, each.when) != (item.id, when)]
        self._held.append((item, content))
        return item
