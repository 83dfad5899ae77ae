"""Once a key has lost its trust every frontend is told to cut it, after the commit; the worker refuses by itself."""

from collections.abc import Callable

import msgspec
import pytest

from broker.bus import Delivery
from broker.messages import Answers, Cut, decode_reply
from broker.seal import seal
from domain.orders import AllowRegistration, MergeRegistration, Order, RevokeRegistration, SplitRegistration
from store.log import StoreUnavailable
from wire import keys
from wire.key_update import key_update
from wire.types import AgentType
from worker_room import HANDLER, SpeakingAgent, WorkerRoom

QUEUE = f"muster.reply.{HANDLER}.x"
START = 1_767_225_500_000


@pytest.fixture
def listening(room: WorkerRoom, allowed: SpeakingAgent) -> SpeakingAgent:
    """An allowed agent, and a frontend that has announced itself."""
    room.announce(START)
    return allowed


def _restart(room: WorkerRoom) -> None:
    room.shift = room.new_shift("worker-1")
    room.announce(START)


RESTARTS = pytest.mark.parametrize("after", [lambda _: None, _restart], ids=["in-memory", "new-worker"])


@RESTARTS
def test_a_revoked_key_is_cut_at_every_frontend(
    room: WorkerRoom, listening: SpeakingAgent, after: Callable[[WorkerRoom], None]
) -> None:
    room.announce(START, "handler-2")
    after(room)
    room.announce(START, "handler-2")

    listening.be_revoked()

    cut = Cut([listening.fingerprint])
    assert room.told == [(QUEUE, cut), ("muster.reply.handler-2.x", cut)]


def test_only_the_withdrawal_cuts_and_only_once(room: WorkerRoom, listening: SpeakingAgent) -> None:
    listening.be_revoked()
    room.told.clear()

    listening.be_revoked()
    listening.be_blocked()
    listening.be_allowed()
    listening.say(listening.registration())
    listening.say(listening.call_in(1))

    assert room.told == []


def test_who_never_was_trusted_is_not_cut(room: WorkerRoom) -> None:
    room.announce(START)
    pending = SpeakingAgent(room, "pc-2")
    pending.say(pending.registration())

    pending.be_blocked()

    assert room.told == []


def test_all_keys_of_the_machine_are_cut(room: WorkerRoom, listening: SpeakingAgent) -> None:
    other = SpeakingAgent(room, "pc-2")
    other.enrol()
    room.order(MergeRegistration(other.fingerprint, listening.fingerprint, "the same machine"))
    assert room.told == []

    other.be_revoked()

    assert room.told == [(QUEUE, Cut(sorted([listening.fingerprint, other.fingerprint])))]


def test_a_key_that_a_merge_gives_to_an_agent_not_trusted_yet_is_cut(
    room: WorkerRoom, listening: SpeakingAgent
) -> None:
    other = SpeakingAgent(room, "pc-2")
    other.enrol()
    other.be_revoked()
    other.be_allowed()
    room.told.clear()

    room.order(MergeRegistration(listening.fingerprint, other.fingerprint, "the same machine"))

    assert listening.say(listening.call_in(1)).content["reason"] == "registration_needed"
    assert room.told == [(QUEUE, Cut([listening.fingerprint]))]


def test_a_key_that_a_split_gives_back_to_an_agent_nobody_trusts_is_cut(
    room: WorkerRoom, listening: SpeakingAgent
) -> None:
    other = SpeakingAgent(room, "pc-2")
    other.say(other.registration())
    room.order(MergeRegistration(other.fingerprint, listening.fingerprint, "the same machine"))
    assert other.say(other.call_in(1)).content["full"] is True

    room.order(SplitRegistration(other.fingerprint, "two machines"))

    assert other.say(other.call_in(2)).content["reason"] == "pending"
    assert room.told == [(QUEUE, Cut([other.fingerprint]))]


def test_a_key_that_its_successor_replaced_is_cut(room: WorkerRoom, listening: SpeakingAgent) -> None:
    new = SpeakingAgent(room, algorithm=keys.ED25519, seed=8)
    proof = key_update(listening.fingerprint, new.public.der, ["p256"], lambda message: keys.sign(new.private, message))
    listening.say(listening.package(AgentType.AGENT_KEY_UPDATE, proof, 0))
    assert room.told == []

    new.say(new.call_in(1))

    assert room.told == [(QUEUE, Cut([listening.fingerprint]))]


def test_a_key_that_two_machines_use_is_cut_behind_the_refusal(room: WorkerRoom, listening: SpeakingAgent) -> None:
    listening.say(listening.call_in(1))
    listening.clock.forward(1_000)

    told = room.shift.handle([room.delivery([listening.bound(listening.call_in(1, why="start"))[1]])])

    assert [type(decode_reply(each.body)) for each in told] == [Answers, Cut]
    assert decode_reply(told[1].body) == Cut([listening.fingerprint])


def test_the_refusal_of_a_package_in_the_same_batch_travels_before_the_cut(
    room: WorkerRoom, listening: SpeakingAgent
) -> None:
    told = room.shift.handle([_revocation(room, listening), _package(room, listening)])

    assert [type(decode_reply(each.body)) for each in told[1:]] == [Answers, Cut]


def test_trust_that_is_gained_and_lost_in_one_batch_is_cut_too(room: WorkerRoom) -> None:
    room.announce(START)
    agent = SpeakingAgent(room, "pc-2")
    agent.say(agent.registration())
    allowed = _order(room, Order(b"a" * 16, "olga", "admin", room.clock.now_ms, AllowRegistration(agent.fingerprint)))

    told = room.shift.handle([allowed, _package(room, agent), _revocation(room, agent)])

    assert decode_reply(told[-1].body) == Cut([agent.fingerprint])


def test_nothing_is_cut_before_the_revocation_is_committed(
    room: WorkerRoom, listening: SpeakingAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise StoreUnavailable("down")

    order = _revocation(room, listening)
    monkeypatch.setattr(room.log, "append", fails)
    with pytest.raises(StoreUnavailable):
        room.shift.handle([order])
    monkeypatch.undo()

    told = room.shift.handle([order])

    assert [decode_reply(each.body) for each in told[1:]] == [Cut([listening.fingerprint])]


def test_a_frontend_that_a_new_worker_hears_of_late_is_told_what_it_missed(
    room: WorkerRoom, allowed: SpeakingAgent
) -> None:
    room.shift = room.new_shift("worker-1")
    allowed.be_revoked()
    assert room.told == []

    room.announce(START)

    assert room.told == [(QUEUE, Cut([allowed.fingerprint]))]


def _revocation(room: WorkerRoom, agent: SpeakingAgent) -> Delivery:
    command = RevokeRegistration(agent.fingerprint, "stolen")
    return _order(room, Order(b"o" * 16, "olga", "admin", room.clock.now_ms, command))


def _order(room: WorkerRoom, order: Order) -> Delivery:
    sealed = seal(room.order_keys.order, msgspec.msgpack.encode(order))
    return Delivery("orders", sealed, "console", "muster.console.x", "c", 1, 77)


def _package(room: WorkerRoom, agent: SpeakingAgent) -> Delivery:
    return room.delivery([agent.bound(agent.call_in(1))[1]])
