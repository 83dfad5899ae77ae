"""Tables beside the log that follow from it: read whole, and mended in one transaction under the worker's fence."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from store.log import Fence

Key = tuple[Any, ...]
Rest = tuple[Any, ...]


class SideTable(NamedTuple):
    """A table whose rows are kept in the transactions of events: the columns of its key, and the others."""

    name: str
    key: tuple[str, ...]
    rest: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All of them, the key first."""
        return self.key + self.rest


PLACEMENTS = SideTable("placements", ("agent_id",), ("group_id", "overridden", "position"))
HELD = SideTable("held", ("subject_id",), ("lists_hash", "epoch", "position"))
RESOURCE_KEYS = SideTable("resource_keys", ("digest", "fingerprint"), ())
SNAPSHOTS = SideTable("snapshots", ("originator_id",), ("originator_version", "sealed"))
SIDE_TABLES = (PLACEMENTS, RESOURCE_KEYS, HELD, SNAPSHOTS)
"""Those that follow from the log. Subjects do not: their wrapped keys are nowhere else, and back them up with it."""


class Mend(NamedTuple):
    """What makes one table right: rows to be there as they are here, and keys of rows that are not to be there."""

    table: SideTable
    put: Mapping[Key, Rest]
    drop: Sequence[Key]


class SideTables(Protocol):
    """The side tables of one store, over a connection of their own. Raises StoreUnavailable."""

    def rows(self, table: SideTable) -> dict[Key, Rest]:
        """Every row by its key."""
        ...

    def mend(self, mends: Sequence[Mend], fence: Fence) -> None:
        """All of it in one transaction, or nothing. FenceLost."""
        ...

    def close(self) -> None:
        """Let go of the store."""
        ...


def put_sql(table: SideTable, name: str, mark: str) -> str:
    """The statement that makes a row be there; ``name`` is the table's as the database knows it."""
    columns, marks = ", ".join(table.columns), ", ".join([mark] * len(table.columns))
    changes = ", ".join(f"{each} = excluded.{each}" for each in table.rest)
    then = f"DO UPDATE SET {changes}" if changes else "DO NOTHING"
    return f"INSERT INTO {name} ({columns}) VALUES ({marks}) ON CONFLICT ({', '.join(table.key)}) {then}"  # noqa: S608


def drop_sql(table: SideTable, name: str, mark: str) -> str:
    """The statement that removes the row of a key."""
    return f"DELETE FROM {name} WHERE {' AND '.join(f'{each} = {mark}' for each in table.key)}"  # noqa: S608


def select_sql(table: SideTable, name: str) -> str:
    """The statement that reads all rows."""
    return f"SELECT {', '.join(table.columns)} FROM {name}"  # noqa: S608 - names of our own
