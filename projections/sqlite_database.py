"""The rows in an SQLite file of their own, beside the log and never in it: they do not fight for one write lock."""

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from projections.connections import Connections
from projections.database import Reader, Row, TableGone, Transaction, upsert_tail
from projections.table import Table
from store.log import Fence, FenceLost
from store.sqlite_file import BUSY_TIMEOUT_S, connect_to_write, read_only_uri, store_errors, transaction
from store.sqlite_leases import create_leases, renew_in

_TRANSLATIONS = (
    (re.compile(r"\bbigint\b"), "INTEGER"),
    (re.compile(r"\bbytea\b"), "BLOB"),
    (re.compile(r'\bCOLLATE "C"'), ""),
    (re.compile(r"\) WITH \(fillfactor = \d+\)"), ")"),
)


class SqliteReader:
    """Reads through one cursor."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """The rows found. Raises TableGone."""
        found = _run(self._cursor, sql, values)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found]


class SqliteTransaction(SqliteReader):
    """Writes through one cursor."""

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run one statement."""
        return _run(self._cursor, sql, values).rowcount

    def script(self, sql: str) -> None:
        """Run several statements within the transaction; the module's executescript would commit it."""
        for pattern, word in _TRANSLATIONS:
            sql = pattern.sub(word, sql)
        statement = ""
        for line in sql.splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                self.execute(statement)
                statement = ""

    def tables(self) -> list[str]:
        """The names of all tables there are."""
        return [row["name"] for row in self.query("SELECT name FROM sqlite_master WHERE type = 'table'")]

    def drop(self, table: str) -> None:
        """Drop a table; whoever reads it goes on reading what was there."""
        self.execute(f"DROP TABLE {table}")

    def insert(self, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        """Add new rows."""
        self._run_many(_insert(table), rows)

    def upsert(self, table: Table, rows: Sequence[Sequence[Any]], counters: frozenset[str] = frozenset()) -> None:
        """Add or replace rows by their key."""
        self._run_many(f"{_insert(table)} {upsert_tail(table, counters)}", rows)

    def _run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        if rows:
            with store_errors():
                self._cursor.executemany(sql, rows)


class SqliteReports:
    """The file for those who only read; nothing can be written through it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._readers = Connections(self._connect, sqlite3.Connection.close)

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """Look at the rows as they are at one moment."""
        with self._readers.lend() as connection, store_errors():
            cursor = connection.cursor()
            cursor.execute("BEGIN")
            try:
                yield SqliteReader(cursor)
            finally:
                cursor.close()
                connection.rollback()

    def close(self) -> None:
        """Let go of every connection."""
        self._readers.close()

    def _connect(self) -> sqlite3.Connection:
        with store_errors():
            return sqlite3.connect(
                read_only_uri(self._path),
                uri=True,
                timeout=BUSY_TIMEOUT_S,
                isolation_level=None,
                check_same_thread=False,
            )


class SqliteDatabase(SqliteReports):
    """The file for the one projector that fills it."""

    def __init__(self, path: Path, clock: Callable[[], int]) -> None:
        """A new file gets a table of leases. `clock` tells milliseconds since 1970."""
        self._writer = connect_to_write(path)
        self._clock = clock
        with store_errors():
            # Rows and position are lost together or not at all, and the log has what is lost: no need to wait for
            # the disk at every commit.
            self._writer.execute("PRAGMA synchronous = NORMAL")
            create_leases(self._writer)
        super().__init__(path)

    @contextmanager
    def writing(self, fence: Fence) -> Iterator[Transaction]:
        """One transaction under the fence."""
        with store_errors(), transaction(self._writer) as cursor:
            if not renew_in(cursor, fence, self._clock()):
                raise FenceLost(fence)
            yield SqliteTransaction(cursor)

    def close(self) -> None:
        """Let go of every connection."""
        super().close()
        self._writer.close()


def _run(cursor: sqlite3.Cursor, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
    with store_errors():
        try:
            return cursor.execute(sql, values)
        except sqlite3.OperationalError as error:
            if str(error).startswith("no such table"):
                raise TableGone(str(error)) from error
            raise


def _insert(table: Table) -> str:
    columns, marks = ", ".join(table.columns), ", ".join("?" * len(table.types))
    return f"INSERT INTO {table.name} ({columns}) VALUES ({marks})"  # noqa: S608 - names of our own
