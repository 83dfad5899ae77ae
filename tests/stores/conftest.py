"""Every test of the suite runs over both stores."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.log import EventLog, Fence
from tests.stores.under_test import PostgresUnderTest, SqliteUnderTest, StoreUnderTest


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.services)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreUnderTest]:
    """An empty store."""
    opened: StoreUnderTest
    if request.param == "sqlite":
        opened = SqliteUnderTest(tmp_path / "log.db")
        opened.log()
    else:
        opened = PostgresUnderTest(request.getfixturevalue("postgres"))
    yield opened
    opened.close()


@pytest.fixture
def log(store: StoreUnderTest) -> EventLog:
    """The store's log, opened."""
    return store.log()


@pytest.fixture
def fence(store: StoreUnderTest) -> Fence:
    """A fence that is good."""
    return store.fence()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[SqliteUnderTest]:
    """An empty SQLite store."""
    opened = SqliteUnderTest(tmp_path / "log.db")
    yield opened
    opened.close()


@pytest.fixture
def postgres_store(request: pytest.FixtureRequest) -> Iterator[PostgresUnderTest]:
    """An empty PostgreSQL store; the test needs the mark `services`."""
    opened = PostgresUnderTest(request.getfixturevalue("postgres"))
    yield opened
    opened.close()
