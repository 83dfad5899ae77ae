"""How Muster connects to PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from psycopg.conninfo import conninfo_to_dict

from store.log import StoreUnavailable

SCHEMA = "log"
"""Where the event store's tables are."""

# A commit is on the disk before it is answered, whatever the server's default says.
SESSION = "-c synchronous_commit=on"
# A vanished server is noticed within seconds and not after the kernel's two hours.
NETWORK = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


def parameters(dsn: str) -> dict[str, Any]:
    """The connection's parameters with what Muster insists on; a DSN may say more about the network."""
    given = conninfo_to_dict(dsn)
    return NETWORK | given | {"options": f"{given.get('options', '')} {SESSION}".strip()}


def connect(dsn: str, application_name: str = "muster") -> psycopg.Connection[tuple[Any, ...]]:
    """A connection in autocommit mode that prepares every statement. Raises StoreUnavailable."""
    wanted = cast(Any, parameters(dsn) | {"application_name": application_name})
    with store_errors():
        return psycopg.connect(**wanted, autocommit=True, prepare_threshold=0)


@contextmanager
def store_errors() -> Iterator[None]:
    """Say that the store is unavailable when the server is; our own mistakes stay what they are."""
    try:
        yield
    except (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction) as error:
        raise StoreUnavailable(f"{StoreUnavailable.__doc__} ({error})") from error
