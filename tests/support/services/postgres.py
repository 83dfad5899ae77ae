"""PostgreSQL for one run: databases with owners, roles, restart."""

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import quote, unquote, urlsplit

import psycopg
from psycopg import sql

from services.engine import docker_answers
from services.install import ServiceMissing, install
from services.postgres_server import (
    ContainerServer,
    GivenServer,
    PostgresServer,
    PrivateServer,
    find_programs,
)


class Postgres:
    """One running database server; a test takes a database of its own."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self.host, self.port = server.address.host, server.address.port

    def start(self) -> None:
        """Start the server with the data it had; return when it serves."""
        self._server.start(self._serves)

    def stop(self) -> None:
        """Shut the server down; open transactions are rolled back."""
        self._server.stop()

    def kill(self) -> None:
        """End the server as a power cut would."""
        self._server.kill()

    def restart(self) -> None:
        """Shut down and start again on the same port with the same data."""
        self.stop()
        self.start()

    def new_database(self) -> str:
        """Make an empty database with an owner role of its own and return the owner's DSN."""
        name, password = f"test_{secrets.token_hex(6)}", secrets.token_hex(16)
        self.new_role(name, password)
        with self._superuser() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(name))
            )
        return self.dsn(name, name, password)

    def new_role(self, name: str, password: str) -> None:
        """Make a role that may log in and nothing else; one of that name only gets the password."""
        with self._superuser() as connection:
            exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone()
            statement = "ALTER ROLE {} LOGIN PASSWORD {}" if exists else "CREATE ROLE {} LOGIN PASSWORD {}"
            connection.execute(sql.SQL(statement).format(sql.Identifier(name), sql.Literal(password)))

    def dsn(self, database: str, role: str, password: str) -> str:
        """Return the DSN with which this role connects to this database."""
        return f"postgresql://{quote(role)}:{quote(password)}@{self.host}:{self.port}/{quote(database)}"

    def superuser_dsn(self, database: str = "postgres") -> str:
        """Return the superuser's DSN, for looking where no role of the product may."""
        return self.dsn(database, self._server.address.user, self._server.address.password)

    def close(self) -> None:
        """End the server and forget its data, when it is ours."""
        self._server.close()

    def _superuser(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.superuser_dsn(), autocommit=True, connect_timeout=10)

    def _serves(self) -> bool:
        try:
            with psycopg.connect(self.superuser_dsn(), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False


def database_name(dsn: str) -> str:
    """Return the name of the database that a DSN leads to."""
    return unquote(urlsplit(dsn).path.removeprefix("/"))


@contextmanager
def running_postgres(environment: Mapping[str, str] = os.environ, *, durable: bool = False) -> Iterator[Postgres]:
    """Yield a server: the one at MUSTER_TEST_POSTGRES_DSN, a container, or a private process; it is gone afterwards."""
    postgres = Postgres(_server(environment, durable=durable))
    try:
        postgres.start()
        yield postgres
    finally:
        postgres.close()


def _server(environment: Mapping[str, str], *, durable: bool) -> PostgresServer:
    dsn = environment.get("MUSTER_TEST_POSTGRES_DSN")
    if dsn:
        return GivenServer(dsn)
    password = secrets.token_hex(16)
    if docker_answers(environment):
        return ContainerServer(password)
    if find_programs() is None:
        install("postgresql", environment)
    programs = find_programs()
    if programs is None:
        raise ServiceMissing("postgresql is installed, but its programs were not found below /usr/lib/postgresql")
    return PrivateServer(programs, password, durable=durable)
