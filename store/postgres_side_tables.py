"""The side tables in PostgreSQL."""

from collections.abc import Sequence

from store.log import Fence, FenceLost
from store.postgres_connect import SCHEMA, connect, store_errors
from store.postgres_leases import renew_in
from store.side_tables import Key, Mend, Rest, SideTable, drop_sql, put_sql, select_sql


class PostgresSideTables:
    """With the rights of the role in the DSN: that of the worker may mend."""

    def __init__(self, dsn: str) -> None:
        self._connection = connect(dsn)

    def rows(self, table: SideTable) -> dict[Key, Rest]:
        """Every row by its key."""
        size = len(table.key)
        with store_errors(), self._connection.cursor(binary=True) as cursor:
            found = cursor.execute(select_sql(table, _name(table)).encode())
            return {row[:size]: row[size:] for row in found}

    def mend(self, mends: Sequence[Mend], fence: Fence) -> None:
        """All of it in one transaction, or nothing. FenceLost."""
        with store_errors(), self._connection.transaction(), self._connection.cursor() as cursor:
            if not renew_in(cursor, fence):
                raise FenceLost(fence)
            for table, put, drop in mends:
                cursor.executemany(drop_sql(table, _name(table), "%s").encode(), drop)
                cursor.executemany(
                    put_sql(table, _name(table), "%s").encode(), [key + rest for key, rest in put.items()]
                )

    def close(self) -> None:
        """Let go of the server."""
        self._connection.close()


def _name(table: SideTable) -> str:
    return f"{SCHEMA}.{table.name}"
