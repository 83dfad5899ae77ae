"""The event log in one SQLite file."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Self
from uuid import UUID

from eventsourcing.persistence import Notification, StoredEvent

from store.bell import Bell
from store.log import AlreadyRecorded, Fence, FenceLost, KeyAlreadySealed, NewSubject, SideRow
from store.schema import ddl
from store.sqlite_file import connect_to_write, is_conflict, store_errors, transaction
from store.sqlite_leases import create_leases, renew_in
from store.sqlite_reader import SqliteReader

LOOK_EVERY_S = 0.1
"""How soon a follower in another process notices an append."""
SUBJECTS_A_PAGE = 10_000

INSERT_EVENT = "INSERT INTO events (originator_id, originator_version, topic, state) VALUES (?, ?, ?, ?)"
INSERT_SUBJECT = "INSERT INTO subjects (subject_id, fingerprint, wrapped_key) VALUES (?, ?, ?)"
INSERT_RESOURCE_KEY = "INSERT OR IGNORE INTO resource_keys (digest, fingerprint) VALUES (?, ?)"
INSERT_SEALED_KEY = "INSERT INTO sealed_keys (name, sealed) VALUES (?, ?)"
HEAD = "SELECT max(notification_id) FROM events"
SELECT_ROWS = (
    "WITH wanted (stream, version) AS (VALUES (?, ?){more_keys})"
    " SELECT originator_id, originator_version, topic, state FROM wanted"
    " CROSS JOIN events ON originator_id = stream AND originator_version = version"
)
SELECT_SUBJECTS = "SELECT subject_id, fingerprint, wrapped_key FROM subjects"
SELECT_REGISTRATIONS = "SELECT DISTINCT fingerprint FROM resource_keys WHERE digest IN (?{more_digests})"


class SqliteLog(SqliteReader):
    """The log in one file, for the one process that appends to it. Several threads may read; see EventLog."""

    def __init__(self, path: Path, clock: Callable[[], int]) -> None:
        """A new file gets its tables. `clock` tells milliseconds since 1970, the same for every user of the file."""
        self._clock = clock
        self._lock = Lock()
        self._bell = Bell(LOOK_EVERY_S)
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
            for row in side:
                cursor.execute(INSERT_SUBJECT if isinstance(row, NewSubject) else INSERT_RESOURCE_KEY, row)
            positions = _insert(cursor, events)
        self._bell.ring()
        return positions

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """The library's name for `append`, with the same keywords."""
        return self.append(stored_events, **kwargs)

    def read(self, after: int, limit: int) -> list[Notification]:
        """The next events with a position greater than `after`, in order."""
        return list(self.select_notifications(after, limit, inclusive_of_start=False))

    def head(self) -> int:
        """The position of the newest event, 0 when there is none."""
        return self.max_notification_id() or 0

    def wait(self, after: int, timeout_s: float) -> bool:
        """Wait until the log may have grown beyond `after`: True at once then, False after the timeout."""
        return self._bell.wait(lambda: self.head() > after, timeout_s)

    def stream(self, originator_id: UUID, after_version: int = 0, limit: int | None = None) -> list[StoredEvent]:
        """The events of one stream with a version greater than `after_version`, in order."""
        return list(self.select_events(originator_id, gt=after_version, limit=limit))

    def rows(self, keys: Sequence[tuple[UUID, int]]) -> dict[tuple[UUID, int], StoredEvent]:
        """The events with these streams and versions, in one query; what is not there is left out."""
        if not keys:
            return {}
        statement = SELECT_ROWS.format(more_keys=", (?, ?)" * (len(keys) - 1))
        values = [value for stream, version in keys for value in (stream.bytes, version)]
        with self._reading() as cursor:
            found = cursor.execute(statement, values).fetchall()
        keyed = ((UUID(bytes=stream), version, rest) for stream, version, *rest in found)
        return {(stream, version): StoredEvent(stream, version, *rest) for stream, version, rest in keyed}

    def subjects(self) -> Iterator[NewSubject]:
        """Every subject, by growing subject_id."""
        last = 0
        while page := self._select_subjects("WHERE subject_id > ? ORDER BY subject_id LIMIT ?", last, SUBJECTS_A_PAGE):
            yield from page
            last = page[-1].subject_id

    def subject(self, subject_id: int) -> NewSubject | None:
        """The subject of this number."""
        return next(iter(self._select_subjects("WHERE subject_id = ?", subject_id)), None)

    def subject_of(self, fingerprint: bytes) -> NewSubject | None:
        """The subject of the registration with this key."""
        return next(iter(self._select_subjects("WHERE fingerprint = ?", fingerprint)), None)

    def registrations_with(self, digests: Sequence[bytes]) -> set[bytes]:
        """The fingerprints of all registrations that named one of these resources."""
        if not digests:
            return set()
        statement = SELECT_REGISTRATIONS.format(more_digests=", ?" * (len(digests) - 1))
        with self._reading() as cursor:
            return {row[0] for row in cursor.execute(statement, digests)}

    def sealed_key(self, name: str) -> bytes | None:
        """The sealed private key stored under this name."""
        with self._reading() as cursor:
            found = cursor.execute("SELECT sealed FROM sealed_keys WHERE name = ?", (name,)).fetchone()
        return found[0] if found else None

    def put_sealed_key(self, name: str, sealed: bytes) -> None:
        """Store a sealed private key for ever. Raises KeyAlreadySealed."""
        try:
            with self._writing() as cursor:
                cursor.execute(INSERT_SEALED_KEY, (name, sealed))
        except AlreadyRecorded as conflict:
            raise KeyAlreadySealed(name) from conflict

    @property
    def recorder(self) -> Self:
        """This log itself: it is the library's recorder."""
        return self

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

    def _select_subjects(self, which: str, *values: int | bytes) -> list[NewSubject]:
        with self._reading() as cursor:
            return [NewSubject(*row) for row in cursor.execute(f"{SELECT_SUBJECTS} {which}", values)]


def _insert(cursor: sqlite3.Cursor, events: Sequence[StoredEvent]) -> list[int]:
    cursor.executemany(INSERT_EVENT, (_as_row(event) for event in events))
    if not events:
        return []
    # Within the transaction nobody else inserts and nothing is ever deleted: the positions follow each other.
    last: int = cursor.execute(HEAD).fetchone()[0]
    return list(range(last - len(events) + 1, last + 1))


def _as_row(event: StoredEvent) -> tuple[bytes, int, str, bytes]:
    assert isinstance(event.originator_id, UUID)
    return event.originator_id.bytes, event.originator_version, event.topic, event.state
