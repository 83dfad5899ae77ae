"""What the server refuses for its content is set aside, told, and not sent for ever."""

import secrets
from pathlib import Path

import pytest

from agents.events import UnusableEvent
from agents.outcome import Outcome
from tests.agents.world import LostAnswer, World
from wire.types import AgentType


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_events_whose_refusal_was_lost_are_asked_about_and_set_aside_not_lost_unseen(world: World) -> None:
    world.call_in()
    world.add_event("DiskReplaced", serial=secrets.token_hex(20_000))
    world.server.content_refusal = lambda header: "malformed" if header.type == AgentType.EVENT_UPLOAD else ""
    world.losing = [False, True]
    with pytest.raises(LostAnswer):
        world.call_in()

    world.restart()
    done = world.call_in()

    assert done.outcome is Outcome.ACCEPTED
    assert len(list((world.home / "refused").iterdir())) == 1
    assert world.events.ids() == []


def test_refused_properties_are_not_sent_again_before_they_change(world: World) -> None:
    world.server.content_refusal = lambda header: "too_large" if header.type == AgentType.FULL_PROPS else ""
    for _ in range(4):
        world.call_in()
        world.restart()
    refused = len(list((world.home / "refused").iterdir()))

    world.server.content_refusal = lambda header: ""
    world.properties["cpu"] = {"cores": 4}
    world.call_in()

    assert refused == 1
    assert world.server.only.properties == world.properties


def test_a_person_may_send_refused_properties_again(world: World) -> None:
    world.server.content_refusal = lambda header: "too_large" if header.type == AgentType.FULL_PROPS else ""
    world.call_in()
    world.server.content_refusal = lambda header: ""

    world.call_in(full=True)

    assert world.server.only.properties == world.properties


@pytest.mark.parametrize("kind", ["", "x" * 65])
def test_an_event_the_server_would_refuse_is_not_queued(world: World, kind: str) -> None:
    with pytest.raises(UnusableEvent, match="64"):
        world.add_event(kind)
    assert world.events.ids() == []
