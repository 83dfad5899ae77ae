"""How strong agents' keys must be: refused with the way out, counted, nothing of it stored."""

import pytest

from domain.orders import SetKeyPolicy
from wire import keys
from worker_room import SpeakingAgent, WorkerRoom


def test_a_key_below_the_minimum_is_refused_with_the_way_out(room: WorkerRoom) -> None:
    assert room.order(SetKeyPolicy("p256")).outcome == "done"
    able, old = (SpeakingAgent(room, name, keys.RSA2048) for name in ("able", "old"))
    head = room.log.head()

    assert able.say(able.registration(algorithms=["p256", "rsa2048"])).content == {"reason": "key_too_weak"}
    assert old.say(old.registration(algorithms=["rsa2048", "rot13"])).content == {"reason": "agent_too_old"}

    assert room.log.head() == head


def test_refusals_of_weak_keys_are_counted(room: WorkerRoom) -> None:
    agent = SpeakingAgent(room, "old", keys.RSA1024)
    agent.say(agent.registration(algorithms=["rsa1024"]))
    room.clock.forward(61_000)

    room.shift.idle()

    (summary,) = room.events("Unverified.Counted")
    assert summary.facts["counts"] == {"agent_too_old": 1}


def test_equal_strength_is_as_good(room: WorkerRoom) -> None:
    room.order(SetKeyPolicy("ed25519"))
    agent = SpeakingAgent(room, "pc-1", keys.P256)

    assert agent.say(agent.registration()).content["status"] == "pending"


def test_who_registered_before_keeps_calling_in(room: WorkerRoom) -> None:
    agent = SpeakingAgent(room, "pc-1", keys.RSA2048)
    agent.enrol()
    room.order(SetKeyPolicy("p256"))

    assert agent.say(agent.call_in(1)).next_number == 2
    assert agent.say(agent.registration()).content["status"] == "allowed"


@pytest.mark.parametrize("minimum", ["rsa1024", "", "rot13"])
def test_no_minimum_lets_in_what_authorises_nothing(room: WorkerRoom, minimum: str) -> None:
    assert room.order(SetKeyPolicy(minimum)).outcome == "malformed_order"


def test_a_policy_set_on_an_old_version_conflicts(room: WorkerRoom) -> None:
    assert room.order(SetKeyPolicy("rsa2048"), if_match=0).outcome == "unchanged"
    assert room.order(SetKeyPolicy("p256"), if_match=0).outcome == "done"
    assert room.order(SetKeyPolicy("ed25519"), if_match=0).outcome == "version_moved"
    assert room.order(SetKeyPolicy("ed25519"), if_match=1).outcome == "done"
    assert room.order(SetKeyPolicy("ed25519")).outcome == "unchanged"
