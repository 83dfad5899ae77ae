"""Reading the event log in one SQLite file."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self
from uuid import UUID

from eventsourcing.persistence import InterfaceError, Notification, OperationalError, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from store.bell import Bell
from store.log import HeldSaid, NewSubject, Place, SchemaMismatch, StoredSnapshot, StoreUnavailable
from store.schema import SCHEMA_VERSION
from store.sqlite_file import read_only_uri

LOOK_EVERY_S = 0.1
"""How soon a follower in another process notices an append."""
SUBJECTS_A_PAGE = 10_000
GREATEST = 2**63 - 1

SELECT_HEAD = "SELECT coalesce(max(notification_id), 0) FROM events"
SELECT_PAGE = """
SELECT originator_id, originator_version, topic, state, notification_id FROM events
WHERE notification_id > ? AND notification_id <= ? AND (? OR topic IN (SELECT value FROM json_each(?)))
ORDER BY notification_id LIMIT ?
"""
SELECT_STREAM = """
SELECT originator_id, originator_version, topic, state FROM events
WHERE originator_id = ? AND originator_version > ? AND originator_version <= ?
ORDER BY originator_version
"""
SELECT_ROWS = (
    "WITH wanted (stream, version) AS (VALUES (?, ?){more_keys})"
    " SELECT originator_id, originator_version, topic, state FROM wanted"
    " CROSS JOIN events ON originator_id = stream AND originator_version = version"
)
SELECT_POSITION = "SELECT notification_id FROM events WHERE originator_id = ? AND originator_version = ?"
SELECT_HELD = "SELECT subject_id, lists_hash, epoch, position FROM held WHERE subject_id = ?"
SELECT_SUBJECTS = "SELECT subject_id, fingerprint, wrapped_key FROM subjects"
COUNT_AGENTS_IN = "SELECT count(*) FROM placements WHERE group_id = ?"
SELECT_PLACE = "SELECT group_id, overridden, position FROM placements WHERE agent_id = ?"
SELECT_SNAPSHOT = "SELECT originator_version, sealed FROM snapshots WHERE originator_id = ?"
SELECT_REGISTRATIONS = "SELECT DISTINCT fingerprint FROM resource_keys WHERE digest IN (?{more_digests})"


def check_version(cursor: sqlite3.Cursor) -> None:
    """Refuse a file whose tables are missing or of another version."""
    known = cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_version'").fetchone()
    if not known or cursor.execute("SELECT version FROM schema_version").fetchone()[0] != SCHEMA_VERSION:
        raise SchemaMismatch(SchemaMismatch.__doc__)


class SqliteReader(SQLiteApplicationRecorder):
    """All of EventLog that only reads, for any process and thread, through connections that cannot write."""

    def __init__(self, path: Path) -> None:
        """Open an existing log."""
        self._bell = Bell(LOOK_EVERY_S)
        super().__init__(SQLiteDatastore(read_only_uri(path)), "events")
        with self._reading() as cursor:
            check_version(cursor)

    def construct_create_table_statements(self) -> list[str]:
        """None: the library's own tables are not ours."""
        return []

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """The events of one stream between two versions."""
        assert isinstance(originator_id, UUID)
        statement = SELECT_STREAM + ("DESC LIMIT ?" if desc else "ASC LIMIT ?")
        bounds = (-1 if gt is None else gt, GREATEST if lte is None else lte, -1 if limit is None else limit)
        with self._reading() as cursor:
            found = cursor.execute(statement, (originator_id.bytes, *bounds))
            return [StoredEvent(UUID(bytes=stream), *rest) for stream, *rest in found]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """The events between two positions, of these topics if any are named."""
        after = -1 if start is None else start - inclusive_of_start
        values = (after, GREATEST if stop is None else stop, not topics, json.dumps(list(topics)), limit)
        with self._reading() as cursor:
            found = cursor.execute(SELECT_PAGE, values)
            return [Notification(UUID(bytes=stream), *rest) for stream, *rest in found]

    def read(self, after: int, limit: int) -> list[Notification]:
        """The next events with a position greater than `after`, in order."""
        return list(self.select_notifications(after, limit, inclusive_of_start=False))

    def head(self) -> int:
        """The position of the newest event, 0 when there is none."""
        with self._reading() as cursor:
            return int(cursor.execute(SELECT_HEAD).fetchone()[0])

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

    def position_of(self, originator_id: UUID, version: int) -> int:
        """The position of the event with this stream and version, 0 when there is none."""
        with self._reading() as cursor:
            found = cursor.execute(SELECT_POSITION, (originator_id.bytes, version)).fetchone()
        return int(found[0]) if found else 0

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

    def held_said(self, subject_id: int) -> HeldSaid | None:
        """What the agent of this key said last that it holds; None when it never said anything."""
        with self._reading() as cursor:
            found = cursor.execute(SELECT_HELD, (subject_id,)).fetchone()
        return HeldSaid(*found) if found else None

    def registrations_with(self, digests: Sequence[bytes]) -> set[bytes]:
        """The fingerprints of all registrations that named one of these resources."""
        if not digests:
            return set()
        statement = SELECT_REGISTRATIONS.format(more_digests=", ?" * (len(digests) - 1))
        with self._reading() as cursor:
            return {row[0] for row in cursor.execute(statement, digests)}

    def place_of(self, agent_id: bytes) -> Place | None:
        """Where an agent was put; None when it never was."""
        with self._reading() as cursor:
            found = cursor.execute(SELECT_PLACE, (agent_id,)).fetchone()
        return Place(found[0], bool(found[1]), found[2]) if found else None

    def agents_in(self, groups: Sequence[bytes]) -> int:
        """How many agents were put into these groups and are there still."""
        with self._reading() as cursor:
            return sum(cursor.execute(COUNT_AGENTS_IN, (group,)).fetchone()[0] for group in groups)

    def snapshot(self, originator_id: UUID) -> StoredSnapshot | None:
        """The snapshot of a stream; None when there is none."""
        with self._reading() as cursor:
            found = cursor.execute(SELECT_SNAPSHOT, (originator_id.bytes,)).fetchone()
        return StoredSnapshot(originator_id, *found) if found else None

    def sealed_key(self, name: str) -> bytes | None:
        """The sealed private key stored under this name."""
        with self._reading() as cursor:
            found = cursor.execute("SELECT sealed FROM sealed_keys WHERE name = ?", (name,)).fetchone()
        return found[0] if found else None

    @property
    def recorder(self) -> Self:
        """This log itself: it is the library's recorder."""
        return self

    def close(self) -> None:
        """Let go of every connection."""
        self.datastore.close()

    def _select_subjects(self, which: str, *values: int | bytes) -> list[NewSubject]:
        with self._reading() as cursor:
            return [NewSubject(*row) for row in cursor.execute(f"{SELECT_SUBJECTS} {which}", values)]

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Cursor]:
        try:
            with self.datastore.transaction(commit=False) as cursor:
                yield cursor.sqlite_cursor
        except (InterfaceError, OperationalError) as error:
            raise StoreUnavailable(f"{StoreUnavailable.__doc__} ({error})") from error
