"""The event log in one SQLite file."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from store.log import (
    AgentPlaced,
    AlreadyRecorded,
    Fence,
    FenceLost,
    HeldSaid,
    KeyAlreadySealed,
    NewSubject,
    ResourceKeySeen,
    SideRow,
    StoredSnapshot,
)
from store.schema import ddl
from store.sqlite_file import connect_to_write, is_conflict, store_errors, transaction
from store.sqlite_leases import create_leases, renew_in
from store.sqlite_reader import SELECT_HEAD, SqliteReader

INSERT_EVENT = "INSERT INTO events (originator_id, originator_version, topic, state) VALUES (?, ?, ?, ?)"
INSERT_SUBJECT = "INSERT INTO subjects (subject_id, fingerprint, wrapped_key) VALUES (?, ?, ?)"
INSERT_RESOURCE_KEY = "INSERT OR IGNORE INTO resource_keys (digest, fingerprint) VALUES (?, ?)"
PLACE_AGENT = """
INSERT INTO placements (agent_id, group_id, overridden, position)
VALUES (?, ?, ?, (SELECT coalesce(max(notification_id), 0) FROM events))
ON CONFLICT (agent_id) DO UPDATE
SET group_id = excluded.group_id, overridden = excluded.overridden, position = excluded.position
"""
SAY_HELD = """
INSERT INTO held (subject_id, lists_hash, epoch, position) VALUES (?, ?, ?, ?)
ON CONFLICT (subject_id) DO UPDATE
SET lists_hash = excluded.lists_hash, epoch = excluded.epoch, position = excluded.position
"""
SIDE: dict[type[SideRow], str] = {
    NewSubject: INSERT_SUBJECT,
    ResourceKeySeen: INSERT_RESOURCE_KEY,
    AgentPlaced: PLACE_AGENT,
    HeldSaid: SAY_HELD,
}
PUT_SNAPSHOT = """
INSERT INTO snapshots (originator_id, originator_version, sealed) VALUES (?, ?, ?)
ON CONFLICT (originator_id) DO UPDATE SET originator_version = excluded.originator_version, sealed = excluded.sealed
"""
INSERT_SEALED_KEY = "INSERT INTO sealed_keys (name, sealed) VALUES (?, ?)"


class SqliteLog(SqliteReader):
    """The log in one file, for the one process that appends to it. Several threads may read."""

    def __init__(self, path: Path, clock: Callable[[], int]) -> None:
        """A new file gets its tables. `clock` tells milliseconds since 1970, the same for every user of the file."""
        self._clock = clock
        self._lock = Lock()
        self._writer = connect_to_write(path)
        try:
            self._create_tables()
            super().__init__(path)
        except BaseException:
            self._writer.close()
            raise

    def append(self, events: Sequence[StoredEvent], *, fence: Fence, side: Sequence[SideRow] = ()) -> list[int]:
        """Record the events and side rows in one transaction that also checks the fence and renews its lease."""
        with self._writing() as cursor:
            if not renew_in(cursor, fence, self._clock()):
                raise FenceLost(fence)
            positions = _insert(cursor, events)
            for row in side:
                cursor.execute(SIDE[type(row)], row)
        self._bell.ring()
        return positions

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """The library's name for `append`, with the same keywords."""
        return self.append(stored_events, **kwargs)

    def put_snapshot(self, snapshot: StoredSnapshot, *, fence: Fence) -> None:
        """Replace the snapshot of its stream, in a transaction that checks the fence."""
        with self._writing() as cursor:
            if not renew_in(cursor, fence, self._clock()):
                raise FenceLost(fence)
            cursor.execute(PUT_SNAPSHOT, (snapshot.stream.bytes, snapshot.version, snapshot.sealed))

    def put_sealed_key(self, name: str, sealed: bytes) -> None:
        """Store a sealed private key for ever. Raises KeyAlreadySealed."""
        try:
            with self._writing() as cursor:
                cursor.execute(INSERT_SEALED_KEY, (name, sealed))
        except AlreadyRecorded as conflict:
            raise KeyAlreadySealed(name) from conflict

    def drop_sealed_key(self, name: str) -> None:
        """Destroy a sealed private key; one that is not there is no error."""
        with self._writing() as cursor:
            cursor.execute("DELETE FROM sealed_keys WHERE name = ?", (name,))

    def close(self) -> None:
        """Let go of every connection."""
        self.datastore.close()
        with self._lock:
            self._writer.close()

    def _create_tables(self) -> None:
        with store_errors():
            self._writer.executescript(ddl("sqlite_log"))
            create_leases(self._writer)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Cursor]:
        with self._lock, store_errors():
            try:
                with transaction(self._writer) as cursor:
                    yield cursor
            except sqlite3.IntegrityError as error:
                if is_conflict(error):
                    raise AlreadyRecorded(f"{AlreadyRecorded.__doc__} ({error})") from error
                raise


def _insert(cursor: sqlite3.Cursor, events: Sequence[StoredEvent]) -> list[int]:
    cursor.executemany(INSERT_EVENT, (_as_row(event) for event in events))
    if not events:
        return []
    # Within the transaction nobody else inserts and nothing is ever deleted: the positions follow each other.
    last: int = cursor.execute(SELECT_HEAD).fetchone()[0]
    return list(range(last - len(events) + 1, last + 1))


def _as_row(event: StoredEvent) -> tuple[bytes, int, str, bytes]:
    assert isinstance(event.originator_id, UUID)
    return event.originator_id.bytes, event.originator_version, event.topic, event.state
