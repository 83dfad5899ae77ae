"""A site of its own for each test, on the run's real broker and database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.postgres import Postgres
from services.rabbitmq import Rabbit
from site_of_processes import Site


@pytest.fixture
def site(tmp_path: Path, rabbitmq: Rabbit, postgres: Postgres) -> Iterator[Site]:
    site = Site(tmp_path, rabbitmq, postgres, ("site-a", "site-b"))
    try:
        yield site
    finally:
        site.close()
