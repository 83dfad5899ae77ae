"""The two stores as the suite sees them: opened by what the product opens, disturbed by what a test may do."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import psycopg
from eventsourcing.persistence import StoredEvent

from services.postgres import Postgres, database_name
from store.leases import LEASE_MS, Leases
from store.log import EventLog, Fence
from store.postgres_leases import PostgresLeases
from store.postgres_log import PostgresLog
from store.postgres_side_tables import PostgresSideTables
from store.prepare_postgres import prepare_postgres
from store.side_tables import SideTables
from store.sqlite_leases import SqliteLeases
from store.sqlite_log import SqliteLog
from store.sqlite_side_tables import SqliteSideTables

NAMESPACE = UUID("6f9a1f0e-52a5-4f3b-9d6e-0d3c8a2b7c11")
PASSWORD = "only-for-tests"


def a_stream(name: str = "stream") -> UUID:
    return uuid5(NAMESPACE, name)


def events_of(stream: UUID, first: int = 1, last: int = 1, state: bytes = b"state") -> list[StoredEvent]:
    """Consecutive events of one stream."""
    return [StoredEvent(stream, version, "Test.Happened", state) for version in range(first, last + 1)]


class StoreUnderTest(ABC):
    """One empty store; everything that is opened through it is closed with it."""

    kind: str
    address: str
    """Together enough to open the same store in another process."""

    def __init__(self) -> None:
        self._opened = ExitStack()
        self._names = count(1)

    def log(self) -> EventLog:
        log = self._open_log()
        self._opened.callback(log.close)
        return log

    def fence(self, name: str = "worker", holder: str | None = None) -> Fence:
        """Take a lease, by whatever means."""
        self.run_out(name)
        fence = self.leases().acquire(name, holder or f"holder {next(self._names)}")
        assert fence is not None
        return fence

    @abstractmethod
    def _open_log(self) -> EventLog: ...

    @abstractmethod
    def leases(self) -> Leases:
        """The leases over a connection of their own."""

    @abstractmethod
    def side_tables(self) -> SideTables:
        """The side tables over a connection of their own."""

    @abstractmethod
    def run_out(self, name: str) -> None:
        """Let so much time pass that this lease is over unless it is renewed."""

    @abstractmethod
    def execute(self, statement: str, values: Sequence[Any] = ()) -> None:
        """Do what somebody could who has got hold of the writing process's rights."""

    @abstractmethod
    def leave_a_gap(self) -> None:
        """Let one position go unused."""

    def close(self) -> None:
        self._opened.close()


class Clock:
    def __init__(self) -> None:
        self.now_ms = 1_700_000_000_000

    def __call__(self) -> int:
        return self.now_ms


class SqliteUnderTest(StoreUnderTest):
    kind = "sqlite"

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.address = str(path)
        self.clock = Clock()

    def _open_log(self) -> SqliteLog:
        return SqliteLog(Path(self.address), self.clock)

    def leases(self) -> SqliteLeases:
        leases = SqliteLeases(Path(self.address), self.clock)
        self._opened.callback(leases.close)
        return leases

    def side_tables(self) -> SideTables:
        tables = SqliteSideTables(Path(self.address), self.clock)
        self._opened.callback(tables.close)
        return tables

    def run_out(self, name: str) -> None:
        self.clock.now_ms += LEASE_MS

    def execute(self, statement: str, values: Sequence[Any] = ()) -> None:
        connection = sqlite3.connect(self.address)
        try:
            with connection:
                connection.execute(statement.replace("%s", "?"), values)
        finally:
            connection.close()

    def leave_a_gap(self) -> None:
        stream, after = a_stream("after a gap"), self.log().head() + 2
        self.execute("INSERT INTO events VALUES (%s, %s, 1, 'Test.Happened', x'00')", (after, stream.bytes))


class PostgresUnderTest(StoreUnderTest):
    kind = "postgres"

    def __init__(self, server: Postgres) -> None:
        super().__init__()
        self.owner_dsn = server.new_database()
        database = database_name(self.owner_dsn)
        for role in ("writer", "reader"):
            server.new_role(f"{database}_{role}", PASSWORD)
        self.address = server.dsn(database, f"{database}_writer", PASSWORD)
        self.reader_dsn = server.dsn(database, f"{database}_reader", PASSWORD)
        prepare_postgres(self.owner_dsn, f"{database}_writer", f"{database}_reader")

    def _open_log(self) -> PostgresLog:
        return PostgresLog(self.address)

    def leases(self) -> PostgresLeases:
        leases = PostgresLeases(self.address)
        self._opened.callback(leases.close)
        return leases

    def side_tables(self) -> SideTables:
        tables = PostgresSideTables(self.address)
        self._opened.callback(tables.close)
        return tables

    def run_out(self, name: str) -> None:
        with psycopg.connect(self.owner_dsn) as owner:
            owner.execute("UPDATE log.leases SET expires_at = clock_timestamp() WHERE name = %s", (name,))

    def execute(self, statement: str, values: Sequence[Any] = ()) -> None:
        with psycopg.connect(self.address, options="-c search_path=log") as connection:
            connection.execute(statement, values)

    def leave_a_gap(self) -> None:
        with psycopg.connect(self.owner_dsn) as owner:
            owner.execute("SELECT nextval(pg_get_serial_sequence('log.events', 'notification_id'))")
