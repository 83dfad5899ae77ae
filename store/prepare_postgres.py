"""Creates the event store's tables and roles in PostgreSQL; for the set-up and for tests."""

from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from store.postgres_connect import SCHEMA, connect, store_errors
from store.postgres_leases import create_leases
from store.schema import ddl

# A writer cannot choose a position, change what is recorded or take a fence number back.
WRITER_MAY = (
    "SELECT, INSERT (originator_id, originator_version, topic, state) ON events",
    "SELECT, INSERT ON subjects, resource_keys, sealed_keys",
    "DELETE ON sealed_keys, resource_keys, placements, held, snapshots",
    "SELECT, INSERT, UPDATE (group_id, overridden, position) ON placements",
    "SELECT, INSERT, UPDATE (lists_hash, epoch, position) ON held",
    "SELECT, INSERT, UPDATE (originator_version, sealed) ON snapshots",
    "SELECT, INSERT, UPDATE (holder, fence, expires_at) ON leases",
    "SELECT ON schema_version",
)
READER_MAY = ("SELECT ON events, subjects, resource_keys, placements, held, leases, schema_version",)


def prepare_postgres(owner_dsn: str, writer: str, reader: str) -> None:
    """Bring the database to what this version needs; done again, it changes nothing.

    The owner of the tables is the role of the DSN, which nobody else needs afterwards. A role that does not exist is
    created without a password; it then depends on pg_hba.conf who may log in with it.
    """
    with connect(owner_dsn) as connection, store_errors(), connection.transaction():
        cursor = connection.cursor()
        # Two that prepare at the same time would both find nothing there.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('muster prepare'))")
        cursor.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(SCHEMA)))
        cursor.execute(SQL("SET LOCAL search_path TO {}").format(Identifier(SCHEMA)))
        cursor.execute(ddl("postgres_log"), prepare=False)
        create_leases(cursor)
        for role, rights in ((writer, WRITER_MAY), (reader, READER_MAY)):
            _create_role(cursor, role)
            _grant_only(cursor, role, rights)


def _create_role(cursor: psycopg.Cursor[Any], role: str) -> None:
    if not cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).fetchall():
        cursor.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(role)))


def _grant_only(cursor: psycopg.Cursor[Any], role: str, rights: tuple[str, ...]) -> None:
    names = {"schema": Identifier(SCHEMA), "role": Identifier(role)}
    cursor.execute(SQL("REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}").format(**names))
    cursor.execute(SQL("GRANT USAGE ON SCHEMA {schema} TO {role}").format(**names))
    for right in rights:
        cursor.execute(SQL("GRANT " + right + " TO {role}").format(**names))
