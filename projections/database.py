"""What projections and reports ask of their database. SQL is written once, with `?` for values."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from projections.table import Table
from store.log import Fence

Row = dict[str, Any]


class TableGone(Exception):
    """A table is not there: not made yet, or another build has taken its place; look again."""


class Reader(Protocol):
    """One unchanging look at the rows."""

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """The rows found, as maps from column name to value. Raises TableGone."""
        ...


class Transaction(Reader, Protocol):
    """Changes that happen together or not at all."""

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run one statement; returns the number of rows it touched."""
        ...

    def script(self, sql: str) -> None:
        """Run the statements of a .sql file."""
        ...

    def tables(self) -> list[str]:
        """The names of all tables there are."""
        ...

    def drop(self, table: str) -> None:
        """Drop a table. Raises StoreUnavailable when somebody still reads it and does not stop soon."""
        ...

    def insert(self, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        """Add new rows, each with the values of all columns."""
        ...

    def upsert(self, table: Table, rows: Sequence[Sequence[Any]], counters: frozenset[str] = frozenset()) -> None:
        """Add rows or replace those of the same key.

        With `counters`, these columns add up and a None leaves what was there: the rows need not be read before.
        """
        ...


class ReadDatabase(Protocol):
    """Where reports read. Used by several threads. All verbs raise StoreUnavailable."""

    def reading(self) -> AbstractContextManager[Reader]:
        """Look at the rows as they are at one moment."""
        ...

    def close(self) -> None:
        """Let go of every connection."""
        ...


class Database(ReadDatabase, Protocol):
    """Where one projector writes, from one thread."""

    def writing(self, fence: Fence) -> AbstractContextManager[Transaction]:
        """One transaction that also checks the fence and renews its lease. Raises FenceLost."""
        ...


def upsert_tail(table: Table, counters: frozenset[str]) -> str:
    """The ON CONFLICT clause, the same for both databases."""
    if not table.rest:
        return f"ON CONFLICT ({', '.join(table.key)}) DO NOTHING"
    changes = ", ".join(_change(table.name, column, counters) for column in table.rest)
    return f"ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {changes}"


def _change(table: str, column: str, counters: frozenset[str]) -> str:
    if not counters:
        return f"{column} = excluded.{column}"
    if column in counters:
        return f"{column} = {table}.{column} + excluded.{column}"
    return f"{column} = coalesce(excluded.{column}, {table}.{column})"
