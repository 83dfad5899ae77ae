"""The worker answers an agent that lacks very many server keys with a KeyUpdate, and stores nothing of its package."""

from itertools import chain

from prometheus_client import generate_latest

from broker.messages import Verdict
from domain.orders import ActivateServerKey, CreateServerKey
from wire.agent_session import Told
from wire.packages import MAX_CERTIFICATES
from wire.types import ServerType
from worker_room import SpeakingAgent, WorkerRoom, forged


def generations(room: WorkerRoom, count: int) -> None:
    """So many server keys in all, the last one current."""
    rotations = (
        (CreateServerKey("ed25519"), ActivateServerKey(version, "rotation")) for version in range(2, count + 1)
    )
    assert {each.outcome for each in room.orders(chain.from_iterable(rotations))} == {"done"}


def test_nothing_is_stored_and_the_same_package_is_taken_afterwards(room: WorkerRoom) -> None:
    agent = SpeakingAgent(room)
    agent.enrol()
    agent.say(agent.call_in(1))
    generations(room, MAX_CERTIFICATES + 2)
    head = room.log.head()

    told = agent.say(agent.call_in(2))

    assert (told.verdict, room.log.head()) == (Verdict.REFUSED, head)
    assert isinstance(told.event, Told)
    assert (told.event.type, told.event.content["reason"]) == (ServerType.KEY_UPDATE, "key_update_required")
    assert agent.trust.newest_version == MAX_CERTIFICATES + 2
    again = agent.say(agent.call_in(2))
    assert (again.verdict, again.next_number) == (Verdict.ACCEPTED, 3)


def test_a_first_request_waits_until_its_agent_knows_the_keys(room: WorkerRoom) -> None:
    generations(room, MAX_CERTIFICATES + 1)
    agent = SpeakingAgent(room)

    told = agent.say(agent.registration())

    assert isinstance(told.event, Told)
    assert not room.events("Registration.Requested")
    assert agent.say(agent.registration()).content["status"] == "pending"


def test_what_nobody_proved_hears_of_no_key(room: WorkerRoom) -> None:
    agent = SpeakingAgent(room)
    agent.enrol()
    generations(room, MAX_CERTIFICATES + 2)
    _, received = agent.bound(agent.call_in(1))

    (answer,) = room.handle([room.delivery([forged(received, signature=bytes(64))])])

    assert (answer.verdict, answer.package) == (Verdict.BAD, b"")


def test_after_a_return_to_an_old_key_one_certificate_is_enough(room: WorkerRoom) -> None:
    agent = SpeakingAgent(room)
    agent.enrol()
    generations(room, MAX_CERTIFICATES + 2)
    agent.say(agent.call_in(1))
    room.order(ActivateServerKey(1, "back"))

    assert agent.say(agent.call_in(1)).verdict is Verdict.ACCEPTED


def test_it_is_counted_by_reason(room: WorkerRoom) -> None:
    agent = SpeakingAgent(room)
    agent.enrol()
    generations(room, MAX_CERTIFICATES + 2)

    agent.say(agent.call_in(1))

    assert 'muster_worker_refused_total{reason="key_update_required"} 1.0' in generate_latest(room.registry).decode()
