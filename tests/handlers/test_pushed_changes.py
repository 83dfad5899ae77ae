"""A change of what is assigned is told to held connections at once: to those whom it touches, and to no others."""

import pytest

from broker.messages import WakeHints
from domain.desired_orders import AssignPolicies, CreateGroup, PlaceAgents, WritePolicy
from domain.orders import SetServerList
from hand_clock import START_MS
from tests.handlers.test_delivery import HELD, SERVERS, Speaker, holding, manifest_in
from worker_room import SpeakingAgent, WorkerRoom

MOTD = {"path": "/etc/motd", "content": "hello\n"}


@pytest.fixture
def fleet(room: WorkerRoom) -> dict[str, Speaker]:
    """Two agents, each in a group of its own; both hold the policy of the root, and nothing waits for them."""
    speakers: dict[str, Speaker] = {}
    for group in ("/Servers", "/Desks"):
        room.order(CreateGroup(group))
        agent = SpeakingAgent(room, group)
        agent.enrol()
        speakers[group] = Speaker(agent)
        agent_id = room.records.registration(agent.fingerprint).agent_id.bytes
        room.order(PlaceAgents([agent_id], group))
    room.order(WritePolicy("file", "motd", MOTD))
    room.order(AssignPolicies("file", [{"policy": "motd"}], group="/"))
    for speaker in speakers.values():
        assert speaker.idle(HELD, holding(manifest_in(speaker.idle()))).content == {}
    room.announce(START_MS)
    at_rest(room)
    return speakers


def at_rest(room: WorkerRoom) -> None:
    """Let every hint that waits go out, and forget them."""
    for _ in range(10):
        room.clock.forward(250)
        room.shift.hints()
    room.told.clear()


def told(room: WorkerRoom) -> list[bytes]:
    return sorted(key for _, reply in room.told if isinstance(reply, WakeHints) for key in reply.fingerprints)


def keys(*speakers: Speaker) -> list[bytes]:
    return sorted(speaker.agent.fingerprint for speaker in speakers)


def test_a_policy_of_one_group_is_told_to_that_group(room: WorkerRoom, fleet: dict[str, Speaker]) -> None:
    room.order(WritePolicy("vpn", "home", {"port": 1194}))
    nobody = told(room)
    at_rest(room)
    room.order(AssignPolicies("vpn", [{"policy": "home"}], group="/Desks"))

    assert nobody == []
    assert told(room) == keys(fleet["/Desks"])


def test_a_new_version_is_told_to_those_who_hold_the_old_one(room: WorkerRoom, fleet: dict[str, Speaker]) -> None:
    room.order(WritePolicy("file", "motd", MOTD | {"content": "good morning\n"}))

    assert told(room) == keys(*fleet.values())


def test_an_agent_that_is_moved_is_told_when_it_has_something_else_there(
    room: WorkerRoom, fleet: dict[str, Speaker]
) -> None:
    mover = fleet["/Servers"]
    agent_id = room.records.registration(mover.agent.fingerprint).agent_id.bytes
    room.order(PlaceAgents([agent_id], "/Desks"))

    assert told(room) == keys(mover)


def test_a_changed_server_list_is_told_to_everybody(room: WorkerRoom, fleet: dict[str, Speaker]) -> None:
    room.order(SetServerList(SERVERS))

    assert told(room) == keys(*fleet.values())


def test_who_was_told_and_has_come_is_not_told_again(room: WorkerRoom, fleet: dict[str, Speaker]) -> None:
    room.order(SetServerList(SERVERS))
    for speaker in fleet.values():
        speaker.idle(HELD, holding(manifest_in(speaker.idle(HELD))))
    at_rest(room)
    room.order(CreateGroup("/Empty"))

    assert told(room) == []
