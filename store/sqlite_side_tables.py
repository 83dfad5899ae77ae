"""The side tables in an SQLite file."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from store.log import Fence, FenceLost
from store.side_tables import Key, Mend, Rest, SideTable, drop_sql, put_sql, select_sql
from store.sqlite_file import connect_to_write, read_only_uri, store_errors, transaction
from store.sqlite_leases import renew_in


class SqliteSideTables:
    """Reads through a connection that cannot write; whoever mends opens another one for it."""

    def __init__(self, path: Path, clock: Callable[[], int]) -> None:
        """``clock`` tells milliseconds since 1970, the same for every user of the file."""
        self._path = path
        self._clock = clock
        with store_errors():
            self._reader = sqlite3.connect(read_only_uri(path), uri=True)

    def rows(self, table: SideTable) -> dict[Key, Rest]:
        """Every row by its key."""
        size = len(table.key)
        with store_errors():
            return {row[:size]: row[size:] for row in self._reader.execute(select_sql(table, table.name))}

    def mend(self, mends: Sequence[Mend], fence: Fence) -> None:
        """All of it in one transaction, or nothing. FenceLost."""
        with store_errors(), closing(connect_to_write(self._path)) as connection, transaction(connection) as cursor:
            if not renew_in(cursor, fence, self._clock()):
                raise FenceLost(fence)
            for table, put, drop in mends:
                cursor.executemany(drop_sql(table, table.name, "?"), drop)
                cursor.executemany(put_sql(table, table.name, "?"), (key + rest for key, rest in put.items()))

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()
