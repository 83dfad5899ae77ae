"""An agent and its server for every test of this room."""

from pathlib import Path

import pytest

from tests.agents.loopback import Loopback
from tests.agents.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A new agent and a server that allows whoever asks."""
    return World(tmp_path)


@pytest.fixture
def loopback(tmp_path: Path) -> Loopback:
    """A deployment whose handlers listen on 127.0.0.1."""
    return Loopback(tmp_path)
