"""The database itself refuses to change what is recorded."""

import sqlite3

import psycopg
import pytest

from store.log import EventLog, Fence
from store.sqlite_log import SqliteLog
from tests.stores.under_test import PostgresUnderTest, SqliteUnderTest, StoreUnderTest, a_stream, events_of

REFUSALS = (sqlite3.IntegrityError, psycopg.Error)

FORBIDDEN = [
    "UPDATE events SET topic = 'x'",
    "DELETE FROM events",
    "UPDATE sealed_keys SET sealed = 'x'",
    "UPDATE leases SET fence = 0",
    "DELETE FROM leases",
]
FORBIDDEN_ON_SQLITE = [
    "REPLACE INTO events SELECT notification_id + 9, originator_id, originator_version, 'x', state FROM events",
    "REPLACE INTO events SELECT notification_id, originator_id, 99, 'x', state FROM events",
    "REPLACE INTO sealed_keys SELECT name, x'00' FROM sealed_keys",
]
FORBIDDEN_ON_POSTGRES = [
    "TRUNCATE events",
    """
    INSERT INTO events (originator_id, originator_version, topic, state)
    SELECT originator_id, originator_version, 'x', state FROM events
    ON CONFLICT (originator_id, originator_version) DO UPDATE SET topic = excluded.topic
    """,
    "INSERT INTO events OVERRIDING SYSTEM VALUE SELECT 0, originator_id, 99, topic, state FROM events",
    "ALTER TABLE events DISABLE TRIGGER ALL",
    "DROP TABLE events",
    "DELETE FROM subjects",
    "UPDATE subjects SET wrapped_key = 'x'",
    "UPDATE leases SET name = 'x'",
    "UPDATE schema_version SET version = 99",
    "SELECT nextval('events_notification_id_seq')",
]
FORBIDDEN_TO_READERS = [
    "INSERT INTO events (originator_id, originator_version, topic, state) VALUES (gen_random_uuid(), 1, 'x', 'x')",
    "UPDATE leases SET fence = fence + 1",
    "SELECT sealed FROM sealed_keys",
]


def fill(store: StoreUnderTest, log: EventLog, fence: Fence) -> None:
    log.append(events_of(a_stream()), fence=fence)
    log.put_sealed_key("server/1", b"sealed")


def untouched(log: EventLog) -> bool:
    return log.stream(a_stream()) == events_of(a_stream()) and log.sealed_key("server/1") == b"sealed"


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_writing_role_cannot_change_what_is_recorded(
    store: StoreUnderTest, log: EventLog, fence: Fence, statement: str
) -> None:
    fill(store, log, fence)

    with pytest.raises(REFUSALS):
        store.execute(statement)

    assert untouched(log)


@pytest.mark.parametrize("statement", FORBIDDEN_ON_SQLITE)
def test_insert_or_replace_does_not_slip_past(sqlite_store: SqliteUnderTest, statement: str) -> None:
    log = sqlite_store.log()
    fill(sqlite_store, log, sqlite_store.fence())

    with pytest.raises(sqlite3.IntegrityError):
        sqlite_store.execute(statement)

    assert untouched(log)


def test_sqlite_readers_cannot_write(sqlite_store: SqliteUnderTest) -> None:
    log = sqlite_store.log()
    assert isinstance(log, SqliteLog)

    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        log.datastore.pool.get_connection().cursor().execute("CREATE TABLE mine (x)")


@pytest.mark.services
@pytest.mark.parametrize("statement", FORBIDDEN_ON_POSTGRES)
def test_the_writing_role_has_no_more_rights_than_it_needs(postgres_store: PostgresUnderTest, statement: str) -> None:
    log = postgres_store.log()
    fill(postgres_store, log, postgres_store.fence())

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        postgres_store.execute(statement)

    assert untouched(log)


@pytest.mark.services
@pytest.mark.parametrize("statement", FORBIDDEN_TO_READERS)
def test_the_reading_role_cannot_write_nor_see_sealed_keys(postgres_store: PostgresUnderTest, statement: str) -> None:
    postgres_store.address = postgres_store.reader_dsn

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        postgres_store.execute(statement)


@pytest.mark.services
def test_the_reading_role_follows_the_log(postgres_store: PostgresUnderTest) -> None:
    positions = postgres_store.log().append(events_of(a_stream(), 1, 3), fence=postgres_store.fence())
    postgres_store.address = postgres_store.reader_dsn

    log = postgres_store.log()

    assert log.wait(0, 60.0)
    assert [event.id for event in log.read(0, 10)] == positions
