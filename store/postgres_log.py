"""The event log in PostgreSQL."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self
from uuid import UUID

import psycopg
from eventsourcing.persistence import Notification, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.rows import tuple_row

from store.log import Fence, HeldSaid, KeyAlreadySealed, NewSubject, Place, SchemaMismatch, SideRow, StoredSnapshot
from store.postgres_bell import PostgresBell
from store.postgres_committer import Committer
from store.postgres_connect import SCHEMA, connect, parameters, store_errors
from store.schema import SCHEMA_VERSION

LOOK_EVERY_S = 1.0
"""How soon a follower notices an append when the notification got lost."""
READERS = 4
RECONNECT_FOR_S = 2.0
GREATEST_VERSION = 2**31 - 1
SUBJECTS_A_PAGE = 10_000

READ = """
SELECT originator_id, originator_version, topic, state, notification_id FROM log.events
WHERE notification_id > %s ORDER BY notification_id LIMIT %s
"""
STREAM = """
SELECT originator_id, originator_version, topic, state FROM log.events
WHERE originator_id = %s AND originator_version > %s AND originator_version <= %s ORDER BY originator_version
"""
ROWS = """
SELECT originator_id, originator_version, topic, state FROM unnest(%b::uuid[], %b::integer[]) AS k (stream, version)
JOIN log.events ON originator_id = stream AND originator_version = version
"""
HELD = "SELECT subject_id, lists_hash, epoch, position FROM log.held WHERE subject_id = %s"
POSITION = "SELECT notification_id FROM log.events WHERE originator_id = %s AND originator_version = %s"
SUBJECTS = "SELECT subject_id, fingerprint, wrapped_key FROM log.subjects WHERE "
PLACE = "SELECT group_id, overridden, position FROM log.placements WHERE agent_id = %s"
SNAPSHOT = "SELECT originator_id, originator_version, sealed FROM log.snapshots WHERE originator_id = %s"
REGISTRATIONS = "SELECT DISTINCT fingerprint FROM log.resource_keys WHERE digest = ANY(%b)"


class PostgresLog(PostgresApplicationRecorder):
    """The log of one database, whose tables `prepare_postgres` has made. Several threads may read; see EventLog.

    What it may do is decided by the role in the DSN; nothing is written before the first append.
    """

    def __init__(self, dsn: str) -> None:
        with connect(dsn) as connection:
            _check_version(connection)
        super().__init__(_datastore(dsn), events_table_name="events")
        self._committer = Committer(dsn)
        self._bell = PostgresBell(dsn, LOOK_EVERY_S)

    def append(self, events: Sequence[StoredEvent], *, fence: Fence, side: Sequence[SideRow] = ()) -> list[int]:
        """Record the events and side rows in one transaction that also checks the fence and renews its lease."""
        positions = self._committer.append(events, fence, side)
        self._bell.ring()
        return positions

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """The library's name for `append`, with the same keywords."""
        return self.append(stored_events, **kwargs)

    def read(self, after: int, limit: int) -> list[Notification]:
        """The next events with a position greater than `after`, in order."""
        return [Notification(*row) for row in self._select(READ, after, limit)]

    def head(self) -> int:
        """The position of the newest event, 0 when there is none."""
        [(position,)] = self._select("SELECT coalesce(max(notification_id), 0) FROM log.events")
        return int(position)

    def wait(self, after: int, timeout_s: float) -> bool:
        """Wait until the log may have grown beyond `after`: True at once then, False after the timeout."""
        self._bell.start()
        return self._bell.wait(lambda: self.head() > after, timeout_s)

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
        statement = STREAM + ("DESC LIMIT %s" if desc else "ASC LIMIT %s")
        bounds = (-1 if gt is None else gt, GREATEST_VERSION if lte is None else lte)
        return [StoredEvent(*row) for row in self._select(statement, originator_id, *bounds, limit)]

    def stream(self, originator_id: UUID, after_version: int = 0, limit: int | None = None) -> list[StoredEvent]:
        """The events of one stream with a version greater than `after_version`, in order."""
        return list(self.select_events(originator_id, gt=after_version, limit=limit))

    def rows(self, keys: Sequence[tuple[UUID, int]]) -> dict[tuple[UUID, int], StoredEvent]:
        """The events with these streams and versions, in one query; what is not there is left out."""
        found = self._select(ROWS, [stream for stream, _ in keys], [version for _, version in keys]) if keys else []
        return {(row[0], row[1]): StoredEvent(*row) for row in found}

    def position_of(self, originator_id: UUID, version: int) -> int:
        """The position of the event with this stream and version, 0 when there is none."""
        return next((int(row[0]) for row in self._select(POSITION, originator_id, version)), 0)

    def subjects(self) -> Iterator[NewSubject]:
        """Every subject, by growing subject_id."""
        last = 0
        while page := self._select(SUBJECTS + "subject_id > %s ORDER BY subject_id LIMIT %s", last, SUBJECTS_A_PAGE):
            yield from (NewSubject(*row) for row in page)
            last = page[-1][0]

    def subject(self, subject_id: int) -> NewSubject | None:
        """The subject of this number."""
        return next((NewSubject(*row) for row in self._select(SUBJECTS + "subject_id = %s", subject_id)), None)

    def subject_of(self, fingerprint: bytes) -> NewSubject | None:
        """The subject of the registration with this key."""
        return next((NewSubject(*row) for row in self._select(SUBJECTS + "fingerprint = %s", fingerprint)), None)

    def held_said(self, subject_id: int) -> HeldSaid | None:
        """What the agent of this key said last that it holds; None when it never said anything."""
        return next((HeldSaid(*row) for row in self._select(HELD, subject_id)), None)

    def registrations_with(self, digests: Sequence[bytes]) -> set[bytes]:
        """The fingerprints of all registrations that named one of these resources."""
        return {row[0] for row in self._select(REGISTRATIONS, list(digests))} if digests else set()

    def place_of(self, agent_id: bytes) -> Place | None:
        """Where an agent was put; None when it never was."""
        return next((Place(*row) for row in self._select(PLACE, agent_id)), None)

    def agents_in(self, groups: Sequence[bytes]) -> int:
        """How many agents were put into these groups and are there still."""
        [(counted,)] = self._select("SELECT count(*) FROM log.placements WHERE group_id = ANY(%b)", list(groups))
        return int(counted)

    def snapshot(self, originator_id: UUID) -> StoredSnapshot | None:
        """The snapshot of a stream; None when there is none."""
        return next((StoredSnapshot(*row) for row in self._select(SNAPSHOT, originator_id)), None)

    def put_snapshot(self, snapshot: StoredSnapshot, *, fence: Fence) -> None:
        """Replace the snapshot of its stream, in a transaction that checks the fence."""
        self._committer.put_snapshot(snapshot, fence)

    def sealed_key(self, name: str) -> bytes | None:
        """The sealed private key stored under this name."""
        return next((row[0] for row in self._select("SELECT sealed FROM log.sealed_keys WHERE name = %s", name)), None)

    def put_sealed_key(self, name: str, sealed: bytes) -> None:
        """Store a sealed private key for ever. Raises KeyAlreadySealed."""
        try:
            with self._cursor() as cursor:
                cursor.execute("INSERT INTO log.sealed_keys (name, sealed) VALUES (%s, %s)", (name, sealed))
        except psycopg.errors.UniqueViolation as error:
            raise KeyAlreadySealed(name) from error

    def drop_sealed_key(self, name: str) -> None:
        """Destroy a sealed private key; one that is not there is no error."""
        with self._cursor() as cursor:
            cursor.execute("DELETE FROM log.sealed_keys WHERE name = %s", (name,))

    @property
    def recorder(self) -> Self:
        """This log itself: it is the library's recorder."""
        return self

    def close(self) -> None:
        """Let go of every connection."""
        self._bell.stop()
        self._committer.close()
        self.datastore.close()

    def _select(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._cursor() as cursor:
            return cursor.execute(statement, values).fetchall()

    @contextmanager
    def _cursor(self) -> Iterator[psycopg.Cursor[tuple[Any, ...]]]:
        with store_errors(), self.datastore.pool.connection() as connection:
            yield connection.cursor(binary=True, row_factory=tuple_row)


def _check_version(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    try:
        known = connection.execute("SELECT version FROM log.schema_version").fetchall()
    except psycopg.errors.UndefinedTable:
        known = []
    if known != [(SCHEMA_VERSION,)]:
        raise SchemaMismatch(SchemaMismatch.__doc__)


def _datastore(dsn: str) -> PostgresDatastore:
    wanted = parameters(dsn)
    known = {name: wanted.pop(name, "") for name in ("dbname", "host", "port", "user", "password")}
    datastore = PostgresDatastore(**known, schema=SCHEMA, pool_size=1, max_overflow=READERS - 1, pre_ping=True)
    # The library passes on only what it names itself; TLS and the like are in the rest.
    assert isinstance(datastore.pool.kwargs, dict)
    datastore.pool.kwargs.update(wanted)
    # The pool waits ever longer between its attempts; beginning anew finds a server that is back at once.
    datastore.pool.reconnect_timeout = RECONNECT_FOR_S
    return datastore
