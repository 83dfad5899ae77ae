"""Keys that were replaced, and agents that were merged: what a key is good for goes with it."""

from typing import Any

import pytest

from broker.messages import Verdict
from domain.orders import AllowRegistration, MergeRegistration, SplitRegistration
from wire import keys
from wire.agent_session import Outgoing
from wire.key_update import key_update
from wire.types import AgentType
from worker_room import SpeakingAgent, Spoken, WorkerRoom


def offer(agent: SpeakingAgent, new: SpeakingAgent) -> Outgoing:
    body = key_update(agent.fingerprint, new.public.der, ["p256"], lambda message: keys.sign(new.private, message))
    return agent.package(AgentType.AGENT_KEY_UPDATE, body, 0)


def told(spoken: Spoken) -> str:
    return str(spoken.content.get("reason") or spoken.content.get("status"))


@pytest.fixture
def old(room: WorkerRoom) -> SpeakingAgent:
    """An allowed machine."""
    agent = SpeakingAgent(room)
    agent.enrol()
    return agent


@pytest.fixture
def new(room: WorkerRoom) -> SpeakingAgent:
    """Its next key."""
    return SpeakingAgent(room, algorithm=keys.ED25519, seed=8)


@pytest.fixture
def other(room: WorkerRoom) -> SpeakingAgent:
    """Another allowed machine."""
    agent = SpeakingAgent(room, "pc-2")
    agent.enrol()
    return agent


def merge(room: WorkerRoom, agent: SpeakingAgent, into: SpeakingAgent) -> None:
    assert room.order(MergeRegistration(agent.fingerprint, into.fingerprint, "the same machine")).outcome == "done"


def split(room: WorkerRoom, agent: SpeakingAgent) -> None:
    assert room.order(SplitRegistration(agent.fingerprint, "two machines")).outcome == "done"


def restart(room: WorkerRoom) -> None:
    room.shift = room.new_shift("worker-1")


RESTARTS = pytest.mark.parametrize("after", [lambda _: None, restart], ids=["in-memory", "new-worker"])


@RESTARTS
def test_a_retired_key_stays_retired_when_its_agent_is_merged_and_split(
    room: WorkerRoom, old: SpeakingAgent, new: SpeakingAgent, other: SpeakingAgent, after: Any
) -> None:
    old.say(offer(old, new))
    new.say(new.call_in(1))

    merge(room, old, other)
    after(room)
    merged = told(old.say(old.call_in(1))), new.say(new.call_in(2)).verdict
    split(room, old)
    after(room)

    assert merged == ("key_replaced", Verdict.ACCEPTED)
    assert told(old.say(old.call_in(1))) == "key_replaced"
    assert new.say(new.call_in(3)).verdict is Verdict.ACCEPTED


@RESTARTS
def test_an_offer_made_before_a_merge_retires_the_old_key_when_it_is_used_after(
    room: WorkerRoom, old: SpeakingAgent, new: SpeakingAgent, other: SpeakingAgent, after: Any
) -> None:
    old.say(offer(old, new))
    merge(room, old, other)
    after(room)

    assert old.say(old.call_in(1)).verdict is Verdict.ACCEPTED
    assert new.say(new.call_in(1)).verdict is Verdict.ACCEPTED
    after(room)
    assert told(old.say(old.call_in(2))) == "key_replaced"


@RESTARTS
def test_a_key_replaced_while_merged_goes_back_with_its_successor(
    room: WorkerRoom, old: SpeakingAgent, new: SpeakingAgent, other: SpeakingAgent, after: Any
) -> None:
    first = old.say(old.registration()).content["agent_id"]
    merge(room, old, other)
    old.say(offer(old, new))
    after(room)
    new.say(new.call_in(1))
    merged = new.say(new.registration()).content["agent_id"]

    split(room, new)
    after(room)

    assert merged == other.say(other.registration()).content["agent_id"] != first
    assert new.say(new.registration()).content["agent_id"] == first
    assert told(old.say(old.call_in(1))) == "key_replaced"
    assert new.say(new.call_in(2)).verdict is Verdict.ACCEPTED


def test_a_successor_is_no_duplicate_of_its_own_machine(
    room: WorkerRoom, old: SpeakingAgent, new: SpeakingAgent
) -> None:
    old.say(offer(old, new))

    assert not room.events("Registration.Requested")[-1].facts["duplicate_of"]


def test_whoever_names_a_re_keyed_machines_resources_is_a_duplicate_of_it(
    room: WorkerRoom, old: SpeakingAgent, new: SpeakingAgent
) -> None:
    old.say(offer(old, new))
    new.say(new.call_in(1))
    again = SpeakingAgent(room, seed=9)
    again.say(again.registration())

    assert room.order(AllowRegistration(again.fingerprint, "installed anew")).outcome == "done"

    assert again.say(again.registration()).content["agent_id"] == new.say(new.registration()).content["agent_id"]
    assert told(old.say(old.call_in(1))) == "key_replaced"
