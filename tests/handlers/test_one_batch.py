"""Memory and log in step: orders and packages of one batch, lost answers of commits, lost leases, small memories."""

import msgspec
import pytest

from broker.bus import Delivery
from broker.messages import Verdict
from broker.seal import seal
from domain.diary import Decision
from domain.orders import AllowRegistration, Command, Order, RevokeRegistration
from store.log import FenceLost
from wire.agent_session import Outgoing
from wire.refusals import Reason
from wire.types import AgentType
from worker_room import SpeakingAgent, WorkerRoom

HASH = b"propertieshash-!"


def _order(room: WorkerRoom, command: Command) -> Delivery:
    order = Order(b"o" * 16, "olga", "admin", room.clock.now_ms, command)
    sealed = seal(room.order_keys.order, msgspec.msgpack.encode(order))
    return Delivery("orders", sealed, "console", "muster.console.x", "c", 1, 77)


def _package(room: WorkerRoom, agent: SpeakingAgent, package: Outgoing) -> Delivery:
    return room.delivery([agent.bound(package)[1]])


@pytest.mark.parametrize("restarted", [False, True])
def test_a_package_behind_a_revocation_in_the_same_batch_is_refused(
    room: WorkerRoom, allowed: SpeakingAgent, restarted: bool
) -> None:
    if restarted:
        room.shift = room.new_shift("worker-1")

    room.shift.handle(
        [_order(room, RevokeRegistration(allowed.fingerprint, "stolen")), _package(room, allowed, allowed.call_in(1))]
    )
    after = allowed.say(allowed.call_in(1))

    assert room.events("Diary.CalledIn") == []
    assert after.content["reason"] == "revoked"


def test_a_package_behind_an_allow_in_the_same_batch_of_a_new_worker_is_accepted(
    room: WorkerRoom, agent: SpeakingAgent
) -> None:
    agent.say(agent.registration())
    room.shift = room.new_shift("worker-1")

    room.shift.handle(
        [_order(room, AllowRegistration(agent.fingerprint, "ours")), _package(room, agent, agent.call_in(1))]
    )

    assert len(room.events("Diary.CalledIn")) == 1


def test_who_lost_the_lease_does_not_even_answer_a_repeat(room: WorkerRoom, allowed: SpeakingAgent) -> None:
    allowed.say(allowed.call_in(1))
    stopped = room.shift
    room.clock.forward(7_000)
    room.shift = room.new_shift("worker-2")

    for package in (allowed.call_in(1), allowed.registration(), allowed.call_in(9)):
        with pytest.raises(FenceLost):
            stopped.handle([_package(room, allowed, package)])


def test_a_summary_whose_commit_was_answered_by_silence_holds_up_nobody(
    room: WorkerRoom, agent: SpeakingAgent, allowed: SpeakingAgent
) -> None:
    stranger = SpeakingAgent(room, "stranger")
    stranger.say(stranger.call_in(1))
    room.clock.forward(60_000)
    unverified = room.shift._unverified
    room.shift.idle()
    # As if the answer of that commit had been lost: the same summary is due again under the same version.
    unverified._version -= 1
    unverified.count("handler-1", Reason.UNKNOWN_KEY)
    room.clock.forward(60_000)

    spoken = allowed.say(allowed.call_in(1))
    room.shift.idle()

    assert spoken.verdict is Verdict.ACCEPTED
    assert len(room.events("Unverified.Counted")) == 1


def test_one_package_nobody_proved_is_counted_once_however_often_its_batch_is_tried(
    room: WorkerRoom, allowed: SpeakingAgent
) -> None:
    def crash(*_: object) -> Decision:
        raise RuntimeError("a bug")

    room.handlers[AgentType.EVENT_UPLOAD] = ("Diary.EventsDelivered", crash)
    stranger = SpeakingAgent(room, "stranger")
    poison = allowed.package(AgentType.EVENT_UPLOAD, {"events": []}, 1)
    room.shift.handle([_package(room, stranger, stranger.call_in(1)), _package(room, allowed, poison)])
    room.clock.forward(60_000)

    room.shift.idle()

    (summary,) = room.events("Unverified.Counted")
    assert summary.facts["counts"] == {"unknown_key": 1}


def test_a_pending_agents_package_that_fails_is_refused_as_pending(room: WorkerRoom, agent: SpeakingAgent) -> None:
    agent.say(agent.registration())
    calls = {"left": 3}
    known = room.shift._memory.key(agent.fingerprint)
    assert known is not None

    class Failing(dict[str, int]):
        def get(self, key: str, default: object = None) -> object:  # type: ignore[override]
            if calls["left"]:
                calls["left"] -= 1
                raise RuntimeError("transient")
            return super().get(key, default)

    known.refused_ms = Failing()

    spoken = agent.say(agent.call_in(1))

    assert spoken.verdict is Verdict.REFUSED
    assert spoken.content["reason"] == "pending"


def test_a_memory_smaller_than_a_batch_loses_nothing(room: WorkerRoom, allowed: SpeakingAgent) -> None:
    others = [SpeakingAgent(room, f"pc-{number}") for number in range(3)]
    for other in others:
        other.enrol()
    room.shift._memory._capacity = 1

    for number in (1, 2, 3):
        spoken = [_package(room, each, each.call_in(number)) for each in (allowed, *others, allowed)]
        answers = room.handle(spoken)
        assert {answer.verdict for answer in answers} == {Verdict.ACCEPTED}

    assert len(room.events("Diary.CalledIn")) == 12


def test_a_clock_that_ran_ahead_once_does_not_refuse_orders(room: WorkerRoom, allowed: SpeakingAgent) -> None:
    room.clock.forward(86_400_000)
    allowed.say(allowed.call_in(1))
    room.clock.forward(-86_400_000)

    assert allowed.be_revoked().outcome == "done"


def test_a_refused_body_before_a_restart_does_not_cost_a_full_property_set(
    room: WorkerRoom, allowed: SpeakingAgent
) -> None:
    allowed.say(allowed.full_properties(1, {"ram": 16}, HASH))
    allowed.say(allowed.package(AgentType.EVENT_UPLOAD, {"events": 5}, 2, HASH))
    room.shift = room.new_shift("worker-1")

    assert allowed.say(allowed.call_in(3, HASH)).content == {}


def test_a_body_of_millions_of_values_is_malformed_before_they_are_built(allowed: SpeakingAgent) -> None:
    properties: dict[str, list[dict[str, int]]] = {str(number): [{}] * 60_000 for number in range(40)}

    spoken = allowed.say(allowed.full_properties(1, properties, HASH))

    assert spoken.content["reason"] == "malformed"
    assert "values" in spoken.content["detail"]


def test_a_version_nobody_offered_is_not_verified(allowed: SpeakingAgent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wire.agent_session.VERSION", 2)

    spoken = allowed.say(allowed.call_in(1))

    assert (spoken.verdict, spoken.event) == (Verdict.BAD, None)


def test_a_registration_asked_for_years_costs_no_more_to_read(room: WorkerRoom, agent: SpeakingAgent) -> None:
    agent.say(agent.registration())
    for _ in range(150):
        room.clock.forward(3_600_000)
        agent.say(agent.registration())

    registration = room.new_records().registration(agent.fingerprint)
    room.shift = room.new_shift("worker-1")
    agent.say(agent.registration(user="olga"))
    agent.be_allowed()

    assert registration.version == 151
    assert agent.say(agent.call_in(1)).verdict is Verdict.ACCEPTED
