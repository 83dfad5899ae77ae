"""Snapshots of aggregates: a cache of what their events make, sealed, and believed only where it fits the log."""

import hashlib
import logging
from typing import Any, NamedTuple
from uuid import UUID

from store.log import EventLog, Fence, StoredSnapshot
from store.state import Place, UnreadableState, seal, unseal
from store.vault import Vault

TOPIC = "Snapshot"
NO_SUBJECT = 0
"""A snapshot is nobody's in particular: it is sealed under a key of the vault."""
_log = logging.getLogger("muster.store")


class Kept(NamedTuple):
    """What a snapshot says: an aggregate as plain data, in this version."""

    version: int
    content: Any


class Snapshots:
    """Reads and writes the newest snapshot of a stream. ``log`` checks the fence of whoever writes."""

    def __init__(self, log: EventLog, vault: Vault) -> None:
        self._log = log
        self._vault = vault

    def newest(self, stream: UUID, kind: int) -> Kept | None:
        """The snapshot of a stream; None when there is none, of another format, damaged, or of another log."""
        found = self._log.snapshot(stream)
        if found is None:
            return None
        try:
            cipher = self._vault.snapshot_cipher
            stored, digest, content = unseal(cipher, _place(stream, found.version), NO_SUBJECT, found.sealed)
        except (UnreadableState, ValueError, TypeError) as error:
            _log.warning("the snapshot of %s is not used: %s", stream, error)
            return None
        if stored != kind or not digest or digest != self._digest(stream, found.version):
            return None
        return Kept(found.version, content)

    def keep(self, stream: UUID, kind: int, kept: Kept, fence: Fence) -> None:
        """Replace the snapshot of a stream by one of what is committed. FenceLost, StoreUnavailable."""
        content = [kind, self._digest(stream, kept.version), kept.content]
        sealed = seal(
            self._vault.snapshot_cipher, _place(stream, kept.version), NO_SUBJECT, content, self._vault.random
        )
        self._log.put_snapshot(StoredSnapshot(stream, kept.version, sealed), fence=fence)

    def _digest(self, stream: UUID, version: int) -> bytes:
        """Of the event the snapshot ends with: one that is of another history does not fit."""
        place = stream, version
        row = self._log.rows([place]).get(place)
        return hashlib.sha256(row.state).digest() if row is not None else b""


def _place(stream: UUID, version: int) -> Place:
    return Place(stream, version, TOPIC)
