"""Leases in a PostgreSQL schema, by the server's clock."""

from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

import psycopg
from psycopg.sql import SQL, Identifier, Literal

from store.leases import LEASE_MS
from store.log import Fence
from store.postgres_connect import SCHEMA, connect, store_errors
from store.schema import ddl

Result = TypeVar("Result")
Connection = psycopg.Connection[tuple[Any, ...]]

# An end further away than a lease lasts was set by a clock that has been put back since: nobody can wait for it.
ACQUIRE = SQL("""
INSERT INTO {leases} (name, holder, fence, expires_at) VALUES (%s, %s, 1, clock_timestamp() + {lease})
ON CONFLICT (name) DO UPDATE
    SET holder = excluded.holder, fence = leases.fence + 1, expires_at = excluded.expires_at
    WHERE leases.holder = excluded.holder
       OR leases.expires_at NOT BETWEEN clock_timestamp() AND clock_timestamp() + {lease}
RETURNING fence
""")
RENEW = SQL("""
UPDATE {leases} SET expires_at = clock_timestamp() + {lease} WHERE name = %s AND holder = %s AND fence = %s
""")
RELEASE = SQL("""
UPDATE {leases} SET holder = '', expires_at = '-infinity' WHERE name = %s AND holder = %s AND fence = %s
""")
HOLDER = SQL("SELECT holder FROM {leases} WHERE name = %s AND expires_at > clock_timestamp()")
LEASE = SQL("interval {}").format(Literal(f"{LEASE_MS} milliseconds"))


def create_leases(cursor: psycopg.Cursor[Any]) -> None:
    """Create the table where it is missing, in the first schema of the search path."""
    cursor.execute(ddl("postgres_leases"), prepare=False)


def renew_in(cursor: psycopg.Cursor[Any], fence: Fence, schema: str = SCHEMA) -> bool:
    """Within the caller's transaction: is the fence still good? Then its lease lasts another LEASE_MS."""
    return cursor.execute(RENEW.format(leases=Identifier(schema, "leases"), lease=LEASE), fence).rowcount == 1


class PostgresLeases:
    """The leases in one schema, over a connection of their own; usable from several threads."""

    def __init__(self, dsn: str, schema: str = SCHEMA) -> None:
        self._dsn = dsn
        self._lock = Lock()
        self._connection: Connection | None = None
        leases = Identifier(schema, "leases")
        self._acquire, self._renew, self._release, self._holder = (
            statement.format(leases=leases, lease=LEASE) for statement in (ACQUIRE, RENEW, RELEASE, HOLDER)
        )

    def acquire(self, name: str, holder: str) -> Fence | None:
        """Take the lease if it is free, run out or already the holder's own; None while another has it."""
        given = self._ask(lambda connection: connection.execute(self._acquire, (name, holder)).fetchone())
        return Fence(name, holder, given[0]) if given else None

    def renew(self, fence: Fence) -> bool:
        """Hold on for another LEASE_MS; False when the lease was released or taken by another."""
        return self._ask(lambda connection: connection.execute(self._renew, fence).rowcount == 1)

    def release(self, fence: Fence) -> None:
        """Let the next one in at once; a lost fence releases nothing."""
        self._ask(lambda connection: connection.execute(self._release, fence))

    def holder(self, name: str) -> str | None:
        """Who has the lease now."""
        found = self._ask(lambda connection: connection.execute(self._holder, (name,)).fetchone())
        return found[0] if found else None

    def close(self) -> None:
        """Let go of the server; held leases run out."""
        with self._lock:
            self._disconnect()

    def _ask(self, question: Callable[[Connection], Result]) -> Result:
        # Asking twice does no harm: a holder that acquires again gets a new fence.
        with self._lock, store_errors():
            if self._connection is not None:
                try:
                    return question(self._connection)
                except psycopg.OperationalError:
                    self._disconnect()
            self._connection = connect(self._dsn)
            return question(self._connection)

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
