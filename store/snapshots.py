"""Snapshots of aggregates: a cache of what their events make, sealed, and believed only where it fits the log."""

import hashlib
import logging
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from store.log import StoredSnapshot
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


class SnapshotsRead(Protocol):
    """Of EventLog, what is needed to read snapshots."""

    def snapshot(self, originator_id: UUID) -> StoredSnapshot | None:
        """The snapshot of a stream; None when there is none."""
        ...

    def rows(self, keys: Sequence[tuple[UUID, int]]) -> dict[tuple[UUID, int], StoredEvent]:
        """The events with these streams and versions, in one query; what is not there is left out."""
        ...


class Snapshots:
    """Opens the newest snapshot of a stream, and seals the next one."""

    def __init__(self, log: SnapshotsRead, vault: Vault) -> None:
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

    def stored_version(self, stream: UUID) -> int:
        """That of the snapshot of a stream, whether it can be used or not; 0 when there is none."""
        found = self._log.snapshot(stream)
        return 0 if found is None else found.version

    def sealed(self, stream: UUID, kind: int, kept: Kept) -> StoredSnapshot:
        """What to store of an aggregate that is committed in this version."""
        content = [kind, self._digest(stream, kept.version), kept.content]
        place = _place(stream, kept.version)
        sealed = seal(self._vault.snapshot_cipher, place, NO_SUBJECT, content, self._vault.random)
        return StoredSnapshot(stream, kept.version, sealed)

    def _digest(self, stream: UUID, version: int) -> bytes:
        """Of the event the snapshot ends with: one that is of another history does not fit."""
        place = stream, version
        row = self._log.rows([place]).get(place)
        return hashlib.sha256(row.state).digest() if row is not None else b""


def _place(stream: UUID, version: int) -> Place:
    return Place(stream, version, TOPIC)
