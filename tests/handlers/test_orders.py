"""Operator orders: sealed, judged once, recorded with their outcome; a replay does nothing."""

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from broker.bus import Delivery
from broker.seal import seal
from domain.orders import (
    AllowRegistration,
    BlockRegistration,
    Command,
    CreateServerKey,
    IssueToken,
    NoteTokenUse,
    Order,
    RevokeRegistration,
    RevokeToken,
    SetRegistrationPolicy,
)
from handlers.metrics import WorkerMetrics
from handlers.shift import Shift
from worker_room import SpeakingAgent, WorkerRoom


@pytest.fixture
def pending(agent: SpeakingAgent) -> SpeakingAgent:
    agent.say(agent.registration())
    return agent


def test_the_same_decision_again_appends_no_decision_and_says_so(room: WorkerRoom, pending: SpeakingAgent) -> None:
    first, second = pending.be_allowed(), pending.be_allowed()

    assert (first.outcome, second.outcome) == ("done", "unchanged")
    assert len(room.events("Agent.Allowed")) == 1


@pytest.mark.parametrize(
    ("given", "order", "outcome"),
    [
        ([], "be_allowed", "done"),
        ([], "be_blocked", "done"),
        ([], "be_revoked", "only_allowed_can_be_revoked"),
        (["be_allowed"], "be_blocked", "must_revoke_first"),
        (["be_allowed"], "be_revoked", "done"),
        (["be_blocked"], "be_allowed", "done"),
        (["be_blocked"], "be_revoked", "only_allowed_can_be_revoked"),
        (["be_allowed", "be_revoked"], "be_allowed", "done"),
        (["be_allowed", "be_revoked"], "be_blocked", "done"),
        (["be_allowed", "be_revoked"], "be_revoked", "unchanged"),
    ],
)
def test_transitions(pending: SpeakingAgent, given: list[str], order: str, outcome: str) -> None:
    for each in given:
        getattr(pending, each)()

    assert getattr(pending, order)().outcome == outcome


def test_revoking_needs_a_reason(room: WorkerRoom, allowed: SpeakingAgent) -> None:
    assert room.order(RevokeRegistration(allowed.fingerprint, "  ")).outcome == "reason_required"
    assert room.events("Agent.Revoked") == []


def test_a_refused_order_is_recorded_with_its_outcome(room: WorkerRoom, pending: SpeakingAgent) -> None:
    pending.be_revoked()

    (order,) = room.events("Order.Decided")

    assert order.facts["outcome"] == "only_allowed_can_be_revoked"
    assert order.meta.who == "operator:olga"


def test_an_order_for_nobody_is_not_found(room: WorkerRoom) -> None:
    assert room.order(AllowRegistration(b"x" * 32)).outcome == "not_found"


def test_of_two_operators_at_once_one_wins_and_the_other_is_told(room: WorkerRoom, pending: SpeakingAgent) -> None:
    first = room.order(AllowRegistration(pending.fingerprint, "mine"), if_match=1)
    second = room.order(BlockRegistration(pending.fingerprint, "not mine"), if_match=1)

    assert (first.outcome, second.outcome) == ("done", "version_moved")


def test_an_order_replayed_after_a_later_one_does_nothing(room: WorkerRoom, pending: SpeakingAgent) -> None:
    order = Order(b"c" * 16, "olga", "admin", room.clock.now_ms, AllowRegistration(pending.fingerprint, "ok"))
    sealed = seal(room.order_keys.order, msgspec.msgpack.encode(order))
    first = room.give(sealed)
    pending.be_revoked()
    head = room.log.head()

    replayed = room.give(sealed)

    assert (first.outcome, replayed.outcome) == ("done", "done")
    assert room.log.head() == head
    assert pending.say(pending.call_in(1)).content["reason"] == "revoked"


def test_an_order_recorded_on_the_bus_is_worth_nothing_a_minute_later(room: WorkerRoom, pending: SpeakingAgent) -> None:
    order = Order(b"c" * 16, "olga", "admin", room.clock.now_ms, AllowRegistration(pending.fingerprint, "ok"))
    room.clock.forward(61_000)

    assert room.give(seal(room.order_keys.order, msgspec.msgpack.encode(order))).outcome == "order_expired"
    assert room.events("Agent.Allowed") == []


def test_a_command_id_used_for_another_order_is_refused(room: WorkerRoom, pending: SpeakingAgent) -> None:
    room.order(AllowRegistration(pending.fingerprint, "ok"), command_id=b"c" * 16)

    other = room.order(RevokeRegistration(pending.fingerprint, "no"), command_id=b"c" * 16)

    assert other.outcome == "idempotency_key_reused"
    assert room.events("Agent.Revoked") == []


@pytest.mark.parametrize("key", [b"\x00" * 32, b"reply"])
def test_an_order_not_sealed_by_the_console_is_set_aside(room: WorkerRoom, pending: SpeakingAgent, key: bytes) -> None:
    sealing = room.order_keys.reply if key == b"reply" else key
    order = Order(b"c" * 16, "olga", "admin", room.clock.now_ms, AllowRegistration(pending.fingerprint, "ok"))
    forged = Delivery(
        "orders", seal(sealing, msgspec.msgpack.encode(order)), "handler-1", "muster.console.x", "", 1, 99
    )

    assert room.shift.handle([forged]) == []
    assert room.shift.dead == [forged]
    assert room.events("Agent.Allowed") == []


@pytest.mark.parametrize(
    ("command", "roles"),
    [
        (AllowRegistration(b"x" * 32), {"operator", "admin"}),
        (BlockRegistration(b"x" * 32), {"operator", "admin"}),
        (RevokeRegistration(b"x" * 32, "y"), {"operator", "admin"}),
        (SetRegistrationPolicy("pending"), {"admin"}),
        (IssueToken("t", b"h" * 32, "n", "viewer"), {"admin"}),
        (RevokeToken("t"), {"admin"}),
        (NoteTokenUse("t"), {"viewer", "operator", "auditor", "admin"}),
    ],
)
def test_every_order_needs_its_role(room: WorkerRoom, command: Command, roles: set[str]) -> None:
    known = ["viewer", "operator", "auditor", "admin", "nobody"]

    permitted = {role for role in known if room.order(command, role=role).outcome != "role_missing"}

    assert permitted == roles


def test_after_a_revocation_returns_no_package_of_the_agent_is_accepted(
    room: WorkerRoom, allowed: SpeakingAgent
) -> None:
    allowed.say(allowed.call_in(1))
    outcome = allowed.be_revoked()

    refused = allowed.say(allowed.call_in(2))
    repeat = allowed.say(allowed.call_in(1))

    assert outcome.position == room.events("Order.Decided")[-1].position
    assert [each.content["reason"] for each in (refused, repeat)] == ["revoked", "revoked"]
    assert len(room.events("Diary.CalledIn")) == 1


def test_a_worker_that_lost_its_lease_commits_nothing(room: WorkerRoom, allowed: SpeakingAgent) -> None:
    from store.log import FenceLost

    stopped = room.shift
    room.clock.forward(7_000)
    room.shift = room.new_shift("worker-2")
    allowed.be_revoked()
    _, received = allowed.bound(allowed.call_in(1))

    with pytest.raises(FenceLost):
        stopped.handle([room.delivery([received])])

    assert room.events("Diary.CalledIn") == []


def test_a_message_nobody_can_read_is_set_aside_and_its_neighbours_are_answered(
    room: WorkerRoom, allowed: SpeakingAgent
) -> None:
    garbage = Delivery("commands", b"\xc1garbage", "handler-1", "muster.reply.handler-1.x", "", 1, 99)
    _, received = allowed.bound(allowed.call_in(1))

    answers = room.handle([garbage, room.delivery([received])])

    assert len(answers) == 1
    assert room.shift.dead == [garbage]


def test_an_answer_goes_only_to_a_queue_of_the_frontends_own_user(room: WorkerRoom, allowed: SpeakingAgent) -> None:
    _, received = allowed.bound(allowed.call_in(1))
    delivery = msgspec.structs.replace(room.delivery([received]), reply_to="muster.reply.handler-2.x")

    assert room.shift.handle([delivery]) == []


def test_a_frontend_is_announced_once_a_start(room: WorkerRoom) -> None:
    room.announce(1000)
    room.announce(1000)
    room.clock.forward(60_000)
    room.announce(2000)
    room.announce(3000)

    announced = [topic for topic in room.topics() if topic.startswith("AgentHandler.")]
    assert announced == ["AgentHandler.Announced", "AgentHandler.Restarted"]


def test_an_order_on_which_the_server_fails_is_answered_and_changes_nothing(room: WorkerRoom) -> None:
    def key_is_away(message: bytes) -> bytes:
        raise OSError("root.key is not there")

    room.deployment = room.deployment._replace(root_sign=key_is_away)
    room.shift = room.new_shift("worker-1")
    head = room.log.head()

    outcome = room.order(CreateServerKey("ed25519"))

    assert outcome.outcome == "internal_error"
    assert room.log.head() == head


class FailsAfterwards(WorkerMetrics):
    """A fault of ours between the commit and the answer."""

    def committed(self, events: int) -> None:
        raise RuntimeError("not counted")


def test_an_order_that_was_recorded_is_not_called_unchanged_and_tells_its_outcome_when_given_again(
    room: WorkerRoom, pending: SpeakingAgent
) -> None:
    command = AllowRegistration(pending.fingerprint, "known machine")
    order = Order(bytes(16), "olga", "admin", room.clock.now_ms, command)
    sealed = seal(room.order_keys.order, msgspec.msgpack.encode(order))
    given = Delivery("orders", sealed, "console", "muster.console.x", "c", 1, 1)
    fence = room.leases.acquire("worker", "worker-1")
    assert fence is not None
    metrics = FailsAfterwards(CollectorRegistry())
    failing = Shift(room.deployment, room.new_records(), fence, room.order_keys, metrics, room.handlers)

    told = failing.handle([given])
    room.shift = room.new_shift("worker-1")
    again = room.give(sealed)

    assert (told, again.outcome) == ([], "done")
    assert len(room.events("Agent.Allowed")) == 1
