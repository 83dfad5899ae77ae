"""The suite of projections runs over both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.projections.under_test import PostgresRoom, Room, SqliteRoom


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.services)])
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Room]:
    """An empty log with an empty database of rows."""
    opened: Room
    if request.param == "sqlite":
        opened = SqliteRoom(tmp_path)
    else:
        opened = PostgresRoom(request.getfixturevalue("postgres"))
    yield opened
    opened.close()
