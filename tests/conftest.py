"""Fixtures for every room: the real services, started once per run and only when a test asks for them."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from memory_directory import memory_directory
from services.postgres import Postgres, running_postgres
from services.rabbitmq import Rabbit, running_rabbitmq

# A slow machine finds no fault in the product: no example is judged by the clock on the wall.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# A test waits for a disk at every commit and learns nothing from it.
if (memory := memory_directory()) is not None:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[Rabbit]:
    """A real broker for the whole run; take a virtual host of your own from it."""
    with running_rabbitmq() as rabbit:
        yield rabbit


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real database server for the whole run; take a database of your own from it."""
    with running_postgres() as server:
        yield server
