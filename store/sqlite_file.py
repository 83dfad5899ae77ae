"""How Muster opens an SQLite file."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from store.log import StoreUnavailable

BUSY_TIMEOUT_S = 5.0
CONFLICTS = {
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
    sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_TRIGGER,
}


def connect_to_write(path: Path) -> sqlite3.Connection:
    """A connection whose commits survive a power failure; transactions are begun by hand.

    A new file is readable by its owner only. Use it from one thread at a time.
    """
    with store_errors():
        path.touch(mode=0o600)
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        except BaseException:
            connection.close()
            raise
        return connection


def read_only_uri(path: Path) -> str:
    """The file as a database name with which nothing can be written."""
    return f"{path.absolute().as_uri()}?mode=ro"


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Cursor]:
    """All or nothing; the right to write is taken at the beginning, so that it never fails in the middle."""
    cursor = connection.cursor()
    try:
        cursor.execute("BEGIN IMMEDIATE")
        yield cursor
        cursor.execute("COMMIT")
    finally:
        cursor.close()
        if connection.in_transaction:
            connection.rollback()


@contextmanager
def store_errors() -> Iterator[None]:
    """Say that the store is unavailable when the file or the disk refuses; our own mistakes stay what they are."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError):
        raise
    except (sqlite3.DatabaseError, OSError) as error:
        raise StoreUnavailable(f"{StoreUnavailable.__doc__} ({error})") from error


def is_conflict(error: sqlite3.IntegrityError) -> bool:
    """Whether a row of this key is already there; our triggers say so too."""
    return error.sqlite_errorcode in CONFLICTS
