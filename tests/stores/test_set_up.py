"""Opening: a store is prepared, or refused with a reason."""

import sqlite3
from pathlib import Path

import psycopg
import pytest

from services.postgres import Postgres, database_name
from store.log import SchemaMismatch, StoreUnavailable
from store.postgres_log import PostgresLog
from store.prepare_postgres import prepare_postgres
from store.sqlite_log import SqliteLog
from store.sqlite_reader import SqliteReader
from tests.stores.under_test import Clock, PostgresUnderTest, SqliteUnderTest, a_stream, events_of


def test_a_new_sqlite_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "log.db", Clock())

    assert {file.name: oct(file.stat().st_mode & 0o777) for file in tmp_path.iterdir()} == {
        "log.db": "0o600",
        "log.db-wal": "0o600",
        "log.db-shm": "0o600",
    }
    log.close()


def test_an_sqlite_file_of_another_version_is_refused(sqlite_store: SqliteUnderTest) -> None:
    sqlite_store.log()
    sqlite_store.execute("UPDATE schema_version SET version = 999")

    with pytest.raises(SchemaMismatch):
        sqlite_store.log()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log.db").write_bytes(b"no database at all " * 100)

    with pytest.raises(StoreUnavailable):
        SqliteLog(tmp_path / "log.db", Clock())


def test_commits_of_the_sqlite_writer_survive_a_power_failure(sqlite_store: SqliteUnderTest) -> None:
    log = sqlite_store.log()
    assert isinstance(log, SqliteLog)

    pragmas = [log._writer.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]

    assert pragmas == ["wal", 2]


def test_an_append_that_finds_the_file_locked_says_so(sqlite_store: SqliteUnderTest) -> None:
    log, fence = sqlite_store.log(), sqlite_store.fence()
    assert isinstance(log, SqliteLog)
    log._writer.execute("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(sqlite_store.address, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnavailable):
        log.append(events_of(a_stream()), fence=fence)

    other.close()
    assert len(log.append(events_of(a_stream()), fence=fence)) == 1


@pytest.mark.services
def test_a_database_that_was_not_prepared_is_refused(postgres: Postgres) -> None:
    with pytest.raises(SchemaMismatch):
        PostgresLog(postgres.new_database())


@pytest.mark.services
def test_a_database_of_another_version_is_refused(postgres_store: PostgresUnderTest) -> None:
    with psycopg.connect(postgres_store.owner_dsn) as owner:
        owner.execute("UPDATE log.schema_version SET version = 999")

    with pytest.raises(SchemaMismatch):
        postgres_store.log()


@pytest.mark.services
def test_preparing_a_database_again_changes_nothing(postgres_store: PostgresUnderTest) -> None:
    fence = postgres_store.fence()
    positions = postgres_store.log().append(events_of(a_stream(), 1, 3), fence=fence)
    database = database_name(postgres_store.owner_dsn)

    prepare_postgres(postgres_store.owner_dsn, f"{database}_writer", f"{database}_reader")

    log = postgres_store.log()
    positions += log.append(events_of(a_stream(), 4, 4), fence=fence)
    assert [event.id for event in log.read(0, 10)] == positions


@pytest.mark.services
def test_roles_that_do_not_exist_are_made(postgres: Postgres) -> None:
    database = database_name(postgres.new_database())
    roles = [f"{database}_new_writer", f"{database}_new_reader"]

    prepare_postgres(postgres.superuser_dsn(database), *roles)

    with psycopg.connect(postgres.superuser_dsn(database)) as connection:
        found = connection.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", (roles,)).fetchall()
    assert sorted(role for (role,) in found) == sorted(roles)


@pytest.mark.services
def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(StoreUnavailable):
        PostgresLog("postgresql://nobody@127.0.0.1:1/nothing")


@pytest.mark.services
def test_appends_are_durable_whatever_the_servers_default(
    postgres: Postgres, postgres_store: PostgresUnderTest
) -> None:
    database = database_name(postgres_store.owner_dsn)
    with psycopg.connect(postgres.superuser_dsn(), autocommit=True) as connection:
        connection.execute(f'ALTER ROLE "{database}_writer" SET synchronous_commit = off')

    log = postgres_store.log()
    assert isinstance(log, PostgresLog)

    assert log._committer._connected().execute("SHOW synchronous_commit").fetchall() == [("on",)]


def test_another_process_may_read_a_sqlite_log_but_not_make_one(tmp_path: Path, sqlite_store: SqliteUnderTest) -> None:
    log = sqlite_store.log()
    positions = log.append(events_of(a_stream(), 1, 3), fence=sqlite_store.fence())

    reader = SqliteReader(Path(sqlite_store.address))

    assert [event.id for event in reader.read(0, 10)] == positions
    reader.close()
    with pytest.raises(StoreUnavailable):
        SqliteReader(tmp_path / "nothing.db")


def test_a_sqlite_log_that_nobody_has_open_can_be_read(tmp_path: Path) -> None:
    SqliteLog(tmp_path / "log.db", Clock()).close()

    reader = SqliteReader(tmp_path / "log.db")

    assert reader.head() == 0
    reader.close()
