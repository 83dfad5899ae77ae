"""The rows of one build as a page of events changes them: merged per key, written once, read back before."""

from collections.abc import Mapping
from typing import Any

from projections.database import Row, Transaction
from projections.table import Table

KEPT = 20_000


class Rows:
    """What handlers change. Nothing is written before `flush`; after an error, `discard` forgets the page."""

    def __init__(self, tables: Mapping[str, Table], suffix: str, counters: Mapping[str, frozenset[str]]) -> None:
        """`counters` names the columns that add up, by table; such tables are tallied and never read."""
        self._kinds = {name: _Kind(table, suffix, counters.get(name, frozenset())) for name, table in tables.items()}
        self._transaction: Transaction | None = None

    def open(self, transaction: Transaction) -> None:
        """Begin a page; rows that are not at hand are read in this transaction."""
        self._transaction = transaction

    def get(self, table: str, key: Any) -> Row | None:
        """The row of this key as it is after all changes so far; not to be changed by the caller."""
        kind = self._kinds[table]
        found = kind.cached(key)
        if found is None and (found := self._read(kind, key)) is not None:
            kind.young[key] = found
        return found

    def change(self, table: str, key: Any) -> Row:
        """The row of this key, to be changed in place; a new one has the columns' defaults."""
        row = self.get(table, key)
        return self.new(table, key) if row is None else self._touched(table, key, row)

    def new(self, table: str, key: Any) -> Row:
        """A row with the columns' defaults, whatever was there."""
        kind = self._kinds[table]
        row = kind.young[key] = dict(kind.table.defaults)
        row[kind.key] = key
        return self._touched(table, key, row)

    def update(self, table: str, key: Any, **changes: Any) -> None:
        """Change some columns of the row of this key."""
        self.change(table, key).update(changes)

    def tally(self, table: str, key: Any) -> Row:
        """What this page adds to the row of this key: counters from 0, other columns None unless they change."""
        kind = self._kinds[table]
        row = kind.tallies.get(key)
        if row is None:
            row = kind.tallies[key] = dict(kind.empty)
            row[kind.key] = key
        return row

    def add(self, table: str, row: tuple[Any, ...]) -> None:
        """A further row, with the values of all columns in their order."""
        self._kinds[table].added.append(row)

    def flush(self, transaction: Transaction) -> None:
        """Write everything that was changed."""
        for kind in self._kinds.values():
            kind.flush(transaction)

    def settle(self) -> None:
        """The page is committed: keep the rows at hand for the next one, within bounds."""
        for kind in self._kinds.values():
            kind.settle()

    def discard(self) -> None:
        """The page was not committed: forget everything."""
        for kind in self._kinds.values():
            kind.discard()

    def _touched(self, table: str, key: Any, row: Row) -> Row:
        self._kinds[table].dirty[key] = row
        return row

    def _read(self, kind: "_Kind", key: Any) -> Row | None:
        assert self._transaction is not None
        found = self._transaction.query(kind.select, (key,))
        return found[0] if found else None


class _Kind:
    """One table's share of the page, and what is still at hand of earlier ones: two generations, each bounded."""

    def __init__(self, table: Table, suffix: str, counters: frozenset[str]) -> None:
        self.table = table._replace(name=f"{table.name}{suffix}")
        self.counters = counters
        self.key = table.key[0]
        self.select = f"SELECT * FROM {self.table.name} WHERE {self.key} = ?"  # noqa: S608 - our own names
        self.empty: Row = {name: 0 if name in counters else None for name in table.columns}
        self.discard()

    def discard(self) -> None:
        self.young: dict[Any, Row] = {}
        self.old: dict[Any, Row] = {}
        self._forget_changes()

    def settle(self) -> None:
        self._forget_changes()
        if len(self.young) > KEPT:
            self.old, self.young = self.young, {}

    def cached(self, key: Any) -> Row | None:
        found = self.young.get(key)
        if found is None and (found := self.old.pop(key, None)) is not None:
            self.young[key] = found
        return found

    def flush(self, transaction: Transaction) -> None:
        columns = self.table.columns
        if self.dirty:
            transaction.upsert(self.table, [tuple(row[name] for name in columns) for row in self.dirty.values()])
        if self.tallies:
            merged = [tuple(row.values()) for row in self.tallies.values()]
            transaction.upsert(self.table, merged, self.counters)
        if self.added:
            transaction.insert(self.table, self.added)

    def _forget_changes(self) -> None:
        self.dirty: dict[Any, Row] = {}
        self.tallies: dict[Any, Row] = {}
        self.added: list[tuple[Any, ...]] = []
