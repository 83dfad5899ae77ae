"""A founded deployment and an agent, fresh for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from worker_room import SpeakingAgent, WorkerRoom


@pytest.fixture
def room(tmp_path: Path) -> Iterator[WorkerRoom]:
    """Whatever a test does with it, its side tables and its snapshot say in the end what its log says."""
    room = WorkerRoom(tmp_path)
    yield room
    room.shift.keep_snapshot()
    found = room.side_table_differences()
    room.close()
    assert found == []


@pytest.fixture
def agent(room: WorkerRoom) -> SpeakingAgent:
    return SpeakingAgent(room)


@pytest.fixture
def allowed(agent: SpeakingAgent) -> SpeakingAgent:
    agent.enrol()
    return agent
