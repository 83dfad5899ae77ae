"""Fixtures of the swarm's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker.reactor_thread import ReactorThread
from tests.swarm.deployment import Deployment


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    """A server that allows everybody."""
    thread = ReactorThread()
    running = Deployment(tmp_path, thread)
    yield running
    running.stop()
    thread.stop()
