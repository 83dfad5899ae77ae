"""Projections over either database as the suite sees them: a log that is filled, projectors, reports."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence, Set
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

from projections.catalogue import PROJECTIONS
from projections.database import Database, ReadDatabase, Reader, Transaction
from projections.postgres_database import SCHEMA, PostgresDatabase, PostgresReports, prepare_reports
from projections.projection import Projection
from projections.reports import Reports
from projections.runner import Projector
from projections.sqlite_database import SqliteDatabase, SqliteReports
from services.postgres import Postgres, database_name
from store.leases import Leases
from store.log import EventLog, Fence, StoreUnavailable
from store.mapper import EventMapper
from store.postgres_leases import PostgresLeases
from store.postgres_log import PostgresLog
from store.prepare_postgres import prepare_postgres
from store.sqlite_leases import SqliteLeases
from store.sqlite_log import SqliteLog
from tests.projections.fleet_log import Clock, FleetLog

PASSWORD = "only-for-tests"
NONE: frozenset[int] = frozenset()


class Room(ABC):
    """One empty log and one empty database of rows; everything that is opened through it is closed with it."""

    def __init__(self) -> None:
        self._opened = ExitStack()
        self._names = count(1)
        self.clock = Clock()
        self.log = self._open_log()
        self._opened.callback(self.log.close)
        self.fleet = FleetLog(self.log, self._log_leases(), self.clock)
        self.database = self.open_database()

    def projector(
        self,
        projections: Sequence[Projection] = PROJECTIONS,
        page_events: int = 1000,
        database: Database | None = None,
        holder: str = "one",
    ) -> Projector:
        """A projector; all of the same holder, so that each takes over from the one before."""
        return Projector(
            database or self.database,
            self.log,
            self.fleet.mapper,
            self.leases(),
            holder=holder,
            clock=self.clock,
            projections=projections,
            page_events=page_events,
        )

    def catch_up(self, projector: Projector | None = None) -> None:
        """Take everything that is in the log."""
        projector = projector or self.projector()
        while projector.step():
            pass

    def reports(
        self,
        wait_s: float = 0,
        projections: Sequence[Projection] = PROJECTIONS,
        mapper: EventMapper | None = None,
    ) -> Reports:
        """The read side over connections that only read."""
        chosen = mapper or self.fleet.mapper
        return Reports(self.open_reports(), self.log, chosen, self.clock, wait_s=wait_s, projections=projections)

    @abstractmethod
    def _open_log(self) -> EventLog: ...

    @abstractmethod
    def _log_leases(self) -> Leases: ...

    @abstractmethod
    def leases(self) -> Leases:
        """The leases beside the rows."""

    @abstractmethod
    def open_database(self) -> Database:
        """The rows, to write."""

    @abstractmethod
    def open_reports(self) -> ReadDatabase:
        """The rows, to read."""

    @abstractmethod
    def run_out(self) -> None:
        """Let so much time pass that every lease of a projector is over."""

    def close(self) -> None:
        self._opened.close()


class SqliteRoom(Room):
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        super().__init__()

    def _open_log(self) -> EventLog:
        return SqliteLog(self._directory / "log.db", self.clock)

    def _log_leases(self) -> Leases:
        return self._leases("log.db")

    def leases(self) -> Leases:
        return self._leases("reports.db")

    def open_database(self) -> Database:
        database = SqliteDatabase(self._directory / "reports.db", self.clock)
        self._opened.callback(database.close)
        return database

    def open_reports(self) -> ReadDatabase:
        database = SqliteReports(self._directory / "reports.db")
        self._opened.callback(database.close)
        return database

    def run_out(self) -> None:
        self.clock.tick(10_000)

    def _leases(self, name: str) -> Leases:
        leases = SqliteLeases(self._directory / name, self.clock)
        self._opened.callback(leases.close)
        return leases


class PostgresRoom(Room):
    def __init__(self, server: Postgres) -> None:
        owner = server.new_database()
        name = database_name(owner)
        roles = [f"{name}_{role}" for role in ("worker", "projector", "reader")]
        for role in roles:
            server.new_role(role, PASSWORD)
        self._worker, self._projector, self._reader = (server.dsn(name, role, PASSWORD) for role in roles)
        prepare_postgres(owner, roles[0], roles[2])
        prepare_reports(owner, roles[1], roles[2])
        self._server, self._name, self._reader_role = server, name, roles[2]
        super().__init__()

    def _open_log(self) -> EventLog:
        return PostgresLog(self._worker)

    def _log_leases(self) -> Leases:
        return self._closed(PostgresLeases(self._worker))

    def leases(self) -> Leases:
        return self._closed(PostgresLeases(self._projector, SCHEMA))

    def open_database(self) -> Database:
        database = PostgresDatabase(self._projector, self._reader_role)
        self._opened.callback(database.close)
        return database

    def open_reports(self) -> ReadDatabase:
        database = PostgresReports(self._reader)
        self._opened.callback(database.close)
        return database

    def run_out(self) -> None:
        fence = self.leases().acquire("projector", "one")
        assert fence is not None
        self.leases().release(fence)

    def _closed(self, leases: PostgresLeases) -> Leases:
        self._opened.callback(leases.close)
        return leases


class Dying:
    """A database whose projector dies: in the middle of a commit, or after it before anybody hears of it."""

    def __init__(self, database: Database, before: Set[int] = NONE, after: Set[int] = NONE) -> None:
        """`before` and `after` are the numbers of the transactions, from 1."""
        self._database = database
        self._before, self._after = before, after
        self._transactions = 0

    @contextmanager
    def writing(self, fence: Fence) -> Iterator[Transaction]:
        self._transactions += 1
        number = self._transactions
        with self._database.writing(fence) as transaction:
            yield transaction
            if number in self._before:
                raise StoreUnavailable("died before the commit")
        if number in self._after:
            raise StoreUnavailable("died after the commit")

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        with self._database.reading() as reader:
            yield reader

    def close(self) -> None:
        pass
