"""A fleet and its reports, fresh for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.identity.fleet import Fleet
from tests.identity.shown import Shown


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    fleet = Fleet(tmp_path)
    yield fleet
    fleet.close()


@pytest.fixture
def shown(fleet: Fleet) -> Iterator[Shown]:
    shown = Shown(fleet)
    yield shown
    shown.close()
