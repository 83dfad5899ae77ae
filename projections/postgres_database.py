"""The rows in PostgreSQL: a schema of their own in the log's database."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

from projections.connections import Connections
from projections.database import Reader, Row, TableGone, Transaction, upsert_tail
from projections.mask import Mask
from projections.table import Table
from store.log import Fence, FenceLost
from store.postgres_connect import connect, store_errors
from store.postgres_leases import create_leases, renew_in

SCHEMA = "reports"
FEW_ROWS = 3
"""Up to so many rows travel one by one: fewer than that are not worth the set-up of arrays."""

Connection = psycopg.Connection[tuple[Any, ...]]


def prepare_reports(owner_dsn: str, projector: str, reader: str) -> None:
    """Make the schema: the projector's role fills it with tables, the reader's role reads whatever stands there.

    Done again, it changes nothing. A role that does not exist is created without a password.
    """
    names = {"schema": Identifier(SCHEMA), "projector": Identifier(projector), "reader": Identifier(reader)}
    with connect(owner_dsn) as connection, store_errors(), connection.transaction():
        cursor = connection.cursor()
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('muster prepare'))")
        for role in (projector, reader):
            if not cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).fetchall():
                cursor.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(role)))
        for statement in (
            "CREATE SCHEMA IF NOT EXISTS {schema}",
            "SET LOCAL search_path TO {schema}",
            "GRANT USAGE, CREATE ON SCHEMA {schema} TO {projector}",
            "GRANT USAGE ON SCHEMA {schema} TO {reader}",
        ):
            cursor.execute(SQL(statement).format(**names))
        create_leases(cursor)
        cursor.execute(SQL("GRANT SELECT, INSERT, UPDATE ON leases TO {projector}").format(**names))


class PostgresReader:
    """Reads through one cursor."""

    def __init__(self, cursor: psycopg.Cursor[Row]) -> None:
        self._cursor = cursor

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """The rows found. Raises TableGone."""
        return _run(self._cursor, sql, values).fetchall()


class PostgresTransaction(PostgresReader):
    """Writes through one cursor."""

    def __init__(self, cursor: psycopg.Cursor[Row], readers: str | None) -> None:
        super().__init__(cursor)
        self._readers = readers

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run one statement."""
        return _run(self._cursor, sql, values).rowcount

    def script(self, sql: str) -> None:
        """Run several statements; what they create may be read by the role of the readers."""
        with store_errors():
            self._cursor.execute(sql.encode(), prepare=False)
            if self._readers is not None:
                names = {"schema": Identifier(SCHEMA), "role": Identifier(self._readers)}
                self._cursor.execute(SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}").format(**names))

    def tables(self) -> list[str]:
        """The names of all tables there are."""
        found = self.query("SELECT tablename FROM pg_tables WHERE schemaname = ?", (SCHEMA,))
        return [row["tablename"] for row in found]

    def drop(self, table: str) -> None:
        """Drop a table, unless somebody reads it for more than a moment."""
        self.execute("SET LOCAL lock_timeout = '1s'")
        self.execute(f"DROP TABLE {table}")

    def insert(self, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        """Add new rows."""
        if len(rows) <= FEW_ROWS:
            self._put(table, rows, "")
            return
        copied = f"COPY {table.name} ({', '.join(table.columns)}) FROM STDIN".encode()
        with store_errors(), self._cursor.copy(copied) as copy:
            for row in rows:
                copy.write_row(row)

    def upsert(self, table: Table, rows: Sequence[Sequence[Any]], counters: frozenset[str] = frozenset()) -> None:
        """Add or replace rows by their key."""
        self._put(table, rows, upsert_tail(table, counters))

    def _put(self, table: Table, rows: Sequence[Sequence[Any]], tail: str) -> None:
        head = f"INSERT INTO {table.name} ({', '.join(table.columns)})"
        with store_errors():
            if len(rows) <= FEW_ROWS:
                values = ", ".join(f"%b::{kind}" for kind in table.types.values())
                for row in rows:
                    self._cursor.execute(f"{head} VALUES ({values}) {tail}".encode(), row)
            else:
                arrays = ", ".join(f"%b::{kind}[]" for kind in table.types.values())
                columns = [list(column) for column in zip(*rows, strict=True)]
                taken = f"{head} SELECT * FROM unnest({arrays}) {tail}"  # noqa: S608 - names of our own
                self._cursor.execute(taken.encode(), columns)


class PostgresReports:
    """The schema for those who only read."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._lent = Connections(self._connect, psycopg.Connection.close)

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """Look at the rows as they are at one moment."""
        with (
            self._lent.lend() as connection,
            store_errors(),
            connection.transaction(),
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield PostgresReader(cursor)

    def close(self) -> None:
        """Let go of every connection."""
        self._lent.close()

    def _connect(self) -> Connection:
        return _connect(self._dsn, "muster-reports")


class PostgresDatabase(PostgresReports):
    """The schema for the one projector that fills it. `readers` is the role that may read what it makes."""

    def __init__(self, dsn: str, readers: str | None = None) -> None:
        super().__init__(dsn)
        self._readers = readers
        self._writer: Connection | None = None

    @contextmanager
    def writing(self, fence: Fence) -> Iterator[Transaction]:
        """One transaction under the fence."""
        if self._writer is None or self._writer.broken or self._writer.closed:
            self._writer = self._connect_to_write()
        connection = self._writer
        with store_errors(), connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
            if not renew_in(cursor, fence, SCHEMA):
                raise FenceLost(fence)
            yield PostgresTransaction(cursor, self._readers)

    def close(self) -> None:
        """Let go of every connection."""
        super().close()
        if self._writer is not None:
            self._writer.close()

    def _connect_to_write(self) -> Connection:
        connection = _connect(self._dsn, "muster-projector")
        # Rows and position are lost together or not at all, and the log has what is lost: no need to wait for the
        # disk at every commit.
        connection.execute("SET synchronous_commit = off")
        return connection


def _connect(dsn: str, application_name: str) -> Connection:
    connection = connect(dsn, application_name)
    with store_errors():
        connection.execute(SQL("SET search_path TO {}").format(Identifier(SCHEMA)))
    return connection


def _run(cursor: psycopg.Cursor[Row], sql: str, values: Sequence[Any]) -> psycopg.Cursor[Row]:
    with store_errors():
        try:
            plain = [value.regex if isinstance(value, Mask) else value for value in values]
            return cursor.execute(sql.replace(" GLOB ?", " ~ ?").replace("?", "%s").encode(), plain)
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
            raise TableGone(str(error)) from error
