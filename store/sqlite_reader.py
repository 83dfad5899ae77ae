"""Reading the events of one SQLite file, in the eventsourcing library's terms."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from eventsourcing.persistence import InterfaceError, Notification, OperationalError, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from store.log import SchemaMismatch, StoreUnavailable
from store.schema import SCHEMA_VERSION
from store.sqlite_file import read_only_uri

GREATEST = 2**63 - 1
SELECT_PAGE = """
SELECT originator_id, originator_version, topic, state, notification_id FROM events
WHERE notification_id > ? AND notification_id <= ? AND (? OR topic IN (SELECT value FROM json_each(?)))
ORDER BY notification_id LIMIT ?
"""
SELECT_STREAM = """
SELECT originator_id, originator_version, topic, state FROM events
WHERE originator_id = ? AND originator_version > ? AND originator_version <= ?
ORDER BY originator_version
"""


def check_version(cursor: sqlite3.Cursor) -> None:
    """Refuse a file whose tables are missing or of another version."""
    known = cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_version'").fetchone()
    if not known or cursor.execute("SELECT version FROM schema_version").fetchone()[0] != SCHEMA_VERSION:
        raise SchemaMismatch(SchemaMismatch.__doc__)


class SqliteReader(SQLiteApplicationRecorder):
    """The library's recorder over our own table, through connections that cannot write."""

    def __init__(self, path: Path) -> None:
        super().__init__(SQLiteDatastore(read_only_uri(path)), "events")
        with self._reading() as cursor:
            check_version(cursor)

    def construct_create_table_statements(self) -> list[str]:
        """None: the library's own tables are not ours."""
        return []

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """The events of one stream between two versions."""
        assert isinstance(originator_id, UUID)
        statement = SELECT_STREAM + ("DESC LIMIT ?" if desc else "ASC LIMIT ?")
        bounds = (-1 if gt is None else gt, GREATEST if lte is None else lte, -1 if limit is None else limit)
        with self._reading() as cursor:
            found = cursor.execute(statement, (originator_id.bytes, *bounds))
            return [StoredEvent(UUID(bytes=stream), *rest) for stream, *rest in found]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """The events between two positions, of these topics if any are named."""
        after = -1 if start is None else start - inclusive_of_start
        values = (after, GREATEST if stop is None else stop, not topics, json.dumps(list(topics)), limit)
        with self._reading() as cursor:
            found = cursor.execute(SELECT_PAGE, values)
            return [Notification(UUID(bytes=stream), *rest) for stream, *rest in found]

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Cursor]:
        try:
            with self.datastore.transaction(commit=False) as cursor:
                yield cursor.sqlite_cursor
        except (InterfaceError, OperationalError) as error:
            raise StoreUnavailable(f"{StoreUnavailable.__doc__} ({error})") from error
