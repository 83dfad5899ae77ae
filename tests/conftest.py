"""Fixtures for every room: the real services, started once per run and only when a test asks for them."""

import gc
import os
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from memory_directory import memory_directory

if TYPE_CHECKING:
    from services.postgres import Postgres
    from services.rabbitmq import Rabbit

# A slow machine finds no fault in the product: no example is judged by the clock on the wall.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# A test waits for a disk at every commit and learns nothing from it.
if (memory := memory_directory()) is not None:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What collecting makes lives until the end: the garbage collector need not go through it, then or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(10_000)
        gc.enable()


# The clients are loaded by those who use them: whoever only hands tests to other processes begins sooner.
@pytest.fixture(scope="session")
def rabbitmq() -> "Iterator[Rabbit]":
    """A real broker for the whole run; take a virtual host of your own from it."""
    from services.rabbitmq import running_rabbitmq

    with running_rabbitmq() as rabbit:
        yield rabbit


@pytest.fixture(scope="session")
def postgres() -> "Iterator[Postgres]":
    """A real database server for the whole run; take a database of your own from it."""
    from services.postgres import running_postgres

    with running_postgres() as server:
        yield server
