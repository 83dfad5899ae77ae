"""The one connection that appends to the log on PostgreSQL: a batch is one statement, one round trip, one commit."""

from collections.abc import Sequence
from threading import Lock
from typing import Any
from uuid import uuid4

import psycopg
from eventsourcing.persistence import StoredEvent
from psycopg.sql import SQL, Identifier

from store.log import (
    AgentPlaced,
    AlreadyRecorded,
    Fence,
    FenceLost,
    HeldSaid,
    NewSubject,
    ResourceKeySeen,
    SideRow,
    StoredSnapshot,
    StoreUnavailable,
)
from store.postgres_connect import SCHEMA, connect, store_errors
from store.postgres_leases import LEASE

CHANNEL = "muster_log"
"""Where followers hear that the log may have grown: once per append, without content."""

# Nothing is inserted when the fence is lost. The trigger on events takes the lock that orders the commits before the
# first position is given out. No ORDER BY: positions would be given out before the sorting.
APPEND = """
WITH kept AS (
    UPDATE {leases} SET expires_at = clock_timestamp() + {lease}
    WHERE name = %s AND holder = %s AND fence = %s RETURNING fence
), recorded AS (
    INSERT INTO {events} (originator_id, originator_version, topic, state)
    SELECT * FROM unnest(%b::uuid[], %b::integer[], %b::text[], %b::bytea[])
    WHERE EXISTS (SELECT FROM kept) RETURNING notification_id
){side}
SELECT EXISTS (SELECT FROM kept), array(SELECT notification_id FROM recorded), pg_notify({channel}, '')
"""
SIDE = """, new_subjects AS (
    INSERT INTO {subjects} (subject_id, fingerprint, wrapped_key)
    SELECT * FROM unnest(%b::bigint[], %b::bytea[], %b::bytea[]) WHERE EXISTS (SELECT FROM kept)
), seen AS (
    INSERT INTO {resource_keys} (digest, fingerprint)
    SELECT * FROM unnest(%b::bytea[], %b::bytea[]) WHERE EXISTS (SELECT FROM kept) ON CONFLICT DO NOTHING
), placed AS (
    INSERT INTO {placements} (agent_id, group_id, overridden, position)
    SELECT p.*, (SELECT coalesce(max(notification_id), 0) FROM recorded)
    FROM unnest(%b::bytea[], %b::bytea[], %b::boolean[]) AS p WHERE EXISTS (SELECT FROM kept)
    ON CONFLICT (agent_id) DO UPDATE
    SET group_id = excluded.group_id, overridden = excluded.overridden, position = excluded.position
), said AS (
    INSERT INTO {held} (subject_id, lists_hash, epoch, position)
    SELECT * FROM unnest(%b::bigint[], %b::bytea[], %b::bigint[], %b::bigint[]) WHERE EXISTS (SELECT FROM kept)
    ON CONFLICT (subject_id) DO UPDATE
    SET lists_hash = excluded.lists_hash, epoch = excluded.epoch, position = excluded.position
)"""
PUT_SNAPSHOT = """
WITH kept AS (
    UPDATE {leases} SET expires_at = clock_timestamp() + {lease}
    WHERE name = %s AND holder = %s AND fence = %s RETURNING fence
)
INSERT INTO {snapshots} (originator_id, originator_version, sealed)
SELECT %b::uuid, %b::integer, %b::bytea WHERE EXISTS (SELECT FROM kept)
ON CONFLICT (originator_id) DO UPDATE SET originator_version = excluded.originator_version, sealed = excluded.sealed
"""
FIRST_RECORDED = """
SELECT topic, state FROM {events} WHERE originator_id = %s AND originator_version = %s
"""
POSITIONS = """
SELECT notification_id FROM unnest(%b::uuid[], %b::integer[]) WITH ORDINALITY AS k (stream, version, nth)
JOIN {events} ON originator_id = stream AND originator_version = version ORDER BY nth
"""
# What an earlier connection of ours left running could still commit after we looked.
END_PREDECESSOR = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE application_name = current_setting('application_name') AND usename = current_user AND pid <> pg_backend_pid()
"""


class Committer:
    """Appends batches under a fence; used by one thread at a time."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._application_name = f"muster-committer-{uuid4().hex}"
        self._lock = Lock()
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None
        tables = ("events", "leases", "subjects", "resource_keys", "placements", "held", "snapshots")
        names = {name: Identifier(SCHEMA, name) for name in tables}
        without_side = SQL(APPEND.replace("{side}", "")).format(**names, lease=LEASE, channel=CHANNEL)
        with_side = SQL(APPEND.replace("{side}", SIDE)).format(**names, lease=LEASE, channel=CHANNEL)
        self._append = {False: without_side.as_string(), True: with_side.as_string()}
        self._put_snapshot = SQL(PUT_SNAPSHOT).format(**names, lease=LEASE)
        self._first_recorded = SQL(FIRST_RECORDED).format(**names)
        self._positions = SQL(POSITIONS).format(**names)

    def append(self, events: Sequence[StoredEvent], fence: Fence, side: Sequence[SideRow]) -> list[int]:
        """All of it or nothing; returns the positions. Errors as in EventLog.append."""
        with self._lock, store_errors():
            try:
                return self._commit(events, fence, side)
            except psycopg.OperationalError as error:
                if error.diag.severity_nonlocalized == "ERROR":
                    raise  # The server lives and has rolled back.
                self._disconnect()
            return self._recorded(events) or self._commit(events, fence, side)

    def put_snapshot(self, snapshot: StoredSnapshot, fence: Fence) -> None:
        """Replace the snapshot of its stream. Errors as in EventLog.put_snapshot."""
        with self._lock, store_errors():
            try:
                written = self._connected().cursor(binary=True).execute(self._put_snapshot, (*fence, *snapshot))
            except psycopg.OperationalError as error:
                if error.diag.severity_nonlocalized != "ERROR":
                    self._disconnect()
                raise
        if written.rowcount != 1:
            raise FenceLost(fence)

    def close(self) -> None:
        """Let go of the server."""
        with self._lock:
            self._disconnect()

    def _commit(self, events: Sequence[StoredEvent], fence: Fence, side: Sequence[SideRow]) -> list[int]:
        values: list[Any] = [*fence, *_event_columns(events), *(_side_columns(side) if side else ())]
        cursor = self._connected().cursor(binary=True)
        try:
            answer = cursor.execute(self._append[bool(side)], values).fetchone()
        except psycopg.errors.UniqueViolation as error:
            raise AlreadyRecorded(f"{AlreadyRecorded.__doc__} ({error.diag.message_detail})") from error
        assert answer is not None
        fence_is_good, positions, _ = answer
        if not fence_is_good:
            raise FenceLost(fence)
        return list(positions)

    def _recorded(self, events: Sequence[StoredEvent]) -> list[int]:
        """The positions of a batch whose commit may or may not have happened; none when it did not."""
        if not events:
            return []
        cursor = self._connected().cursor(binary=True)
        first = events[0]
        cursor.execute(self._first_recorded, (first.originator_id, first.originator_version))
        if cursor.fetchone() != (first.topic, first.state):
            return []
        found = cursor.execute(self._positions, _event_columns(events)[:2]).fetchall()
        return [position for (position,) in found]

    def _connected(self) -> psycopg.Connection[tuple[Any, ...]]:
        if self._connection is None:
            connection = connect(self._dsn, self._application_name)
            if not all(ended for (ended,) in connection.execute(END_PREDECESSOR)):
                connection.close()
                raise StoreUnavailable(f"{StoreUnavailable.__doc__} (an earlier append does not end)")
            self._connection = connection
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _event_columns(events: Sequence[StoredEvent]) -> tuple[list[Any], ...]:
    return (
        [event.originator_id for event in events],
        [event.originator_version for event in events],
        [event.topic for event in events],
        [event.state for event in events],
    )


def _side_columns(side: Sequence[SideRow]) -> tuple[list[Any], ...]:
    subjects = [row for row in side if isinstance(row, NewSubject)]
    seen = [row for row in side if isinstance(row, ResourceKeySeen)]
    placed = [row for row in side if isinstance(row, AgentPlaced)]
    said = [row for row in side if isinstance(row, HeldSaid)]
    return (
        [subject.subject_id for subject in subjects],
        [subject.fingerprint for subject in subjects],
        [subject.wrapped_key for subject in subjects],
        [key.digest for key in seen],
        [key.fingerprint for key in seen],
        [each.agent_id for each in placed],
        [each.group_id for each in placed],
        [each.overridden for each in placed],
        *([each[at] for each in said] for at in range(len(HeldSaid._fields))),
    )
