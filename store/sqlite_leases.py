"""Leases in an SQLite file, by an injected clock."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from store.leases import LEASE_MS
from store.log import Fence
from store.schema import ddl
from store.sqlite_file import connect_to_write, store_errors

# An end further away than a lease lasts was set by a clock that has been put back since: nobody can wait for it.
ACQUIRE = """
INSERT INTO leases (name, holder, fence, expires_at_ms) VALUES (:name, :holder, 1, :now_ms + :lease_ms)
ON CONFLICT (name) DO UPDATE
    SET holder = excluded.holder, fence = fence + 1, expires_at_ms = excluded.expires_at_ms
    WHERE holder = excluded.holder OR expires_at_ms <= :now_ms OR expires_at_ms > :now_ms + :lease_ms
RETURNING fence
"""
RENEW = "UPDATE leases SET expires_at_ms = ? WHERE name = ? AND holder = ? AND fence = ?"
RELEASE = "UPDATE leases SET holder = '', expires_at_ms = 0 WHERE name = ? AND holder = ? AND fence = ?"
HOLDER = "SELECT holder FROM leases WHERE name = ? AND expires_at_ms > ?"


def create_leases(connection: sqlite3.Connection) -> None:
    """Create the table where it is missing."""
    connection.executescript(ddl("sqlite_leases"))


def renew_in(cursor: sqlite3.Cursor, fence: Fence, now_ms: int) -> bool:
    """Within the caller's transaction: is the fence still good? Then its lease lasts another LEASE_MS."""
    return cursor.execute(RENEW, (now_ms + LEASE_MS, *fence)).rowcount == 1


class SqliteLeases:
    """The leases in one file, over a connection of their own; usable from several threads."""

    def __init__(self, path: Path, clock: Callable[[], int]) -> None:
        """`clock` tells milliseconds since 1970; every user of the file needs the same one."""
        self._clock = clock
        self._lock = Lock()
        self._connection = connect_to_write(path)
        with store_errors():
            create_leases(self._connection)

    def acquire(self, name: str, holder: str) -> Fence | None:
        """Take the lease if it is free, run out or already the holder's own; None while another has it."""
        values = {"name": name, "holder": holder, "now_ms": self._clock(), "lease_ms": LEASE_MS}
        with self._lock, store_errors():
            given = self._connection.execute(ACQUIRE, values).fetchall()
        return Fence(name, holder, given[0][0]) if given else None

    def renew(self, fence: Fence) -> bool:
        """Hold on for another LEASE_MS; False when the lease was released or taken by another."""
        with self._lock, store_errors():
            return renew_in(self._connection.cursor(), fence, self._clock())

    def release(self, fence: Fence) -> None:
        """Let the next one in at once; a lost fence releases nothing."""
        with self._lock, store_errors():
            self._connection.execute(RELEASE, fence)

    def holder(self, name: str) -> str | None:
        """Who has the lease now."""
        with self._lock, store_errors():
            found = self._connection.execute(HOLDER, (name, self._clock())).fetchone()
        return found[0] if found else None

    def close(self) -> None:
        """Let go of the file; held leases run out."""
        with self._lock:
            self._connection.close()
