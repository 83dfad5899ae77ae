"""Numbered packages: one event each, repeats append nothing, and what does not fit is refused with its own reason."""

import pytest

from broker.messages import Verdict
from domain.diary import Decision
from handlers.known_key import KnownKey
from wire.agent_session import Answered, Told
from wire.headers import AgentHeader
from wire.packages import agent_signed_bytes
from wire.types import AgentType, ServerType
from worker_room import SpeakingAgent, WorkerRoom, forged, heard, with_header

HASH = b"propertieshash-!"
OTHER = b"other properties"


def test_an_idle_call_in_is_one_event_with_the_whole_evidence(room: WorkerRoom, allowed: SpeakingAgent) -> None:
    allowed.say(allowed.full_properties(1, {"ram": 16}, HASH))

    session, received = allowed.bound(allowed.call_in(2, HASH))
    (answer,) = room.handle([room.delivery([received])])

    assert answer.verdict is Verdict.ACCEPTED
    assert answer.name == "pc-1"
    heard_event = heard(session, answer)
    assert isinstance(heard_event, Answered)
    assert (heard_event.content, heard_event.next_number) == ({}, 3)
    event = room.events("Diary.CalledIn")[-1]
    assert event.facts["decision"] == Decision.ACCEPTED
    assert event.meta.handler == "handler-1"
    assert event.personal is not None
    signed = agent_signed_bytes(event.facts["nonce"], received.header, event.personal["body"])
    allowed.public.verify(event.personal["signature"], signed)


def test_a_state_hash_the_server_does_not_hold_makes_it_ask_for_the_full_set_in_the_same_session(
    allowed: SpeakingAgent,
) -> None:
    allowed.say(allowed.full_properties(1, {"ram": 16}, HASH))

    asked = allowed.say(allowed.call_in(2, OTHER))
    given = allowed.say(allowed.full_properties(3, {"ram": 32}, OTHER))
    idle = allowed.say(allowed.call_in(4, OTHER))

    assert (asked.content, given.content, idle.content) == ({"full": True}, {}, {})


def test_a_delta_that_names_another_base_makes_the_server_ask_for_the_full_set(allowed: SpeakingAgent) -> None:
    allowed.say(allowed.full_properties(1, {"ram": 16}, HASH))
    fitting = {"why": "interval", "base": HASH[:8], "set": {"ram": 32}, "gone": []}

    fits = allowed.say(allowed.package(AgentType.INC_PROPS, fitting, 2, OTHER))
    does_not = allowed.say(allowed.package(AgentType.INC_PROPS, fitting, 3, b"third properties"))

    assert (fits.content, does_not.content) == ({}, {"full": True})


def test_a_repeat_appends_nothing_and_is_answered_like_the_first(room: WorkerRoom, allowed: SpeakingAgent) -> None:
    package = allowed.full_properties(1, {"ram": 16}, HASH)
    first = allowed.say(package)
    head = room.log.head()

    again = allowed.say(package)

    assert room.log.head() == head
    assert (again.content, again.next_number) == (first.content, first.next_number)


def test_the_same_package_by_two_frontends_in_one_batch_is_one_event_and_two_answers(
    room: WorkerRoom, allowed: SpeakingAgent
) -> None:
    _, received = allowed.bound(allowed.call_in(1))
    one, two = room.delivery([received], "handler-1"), room.delivery([received], "handler-2")

    answers = room.handle([one, two])

    assert [answer.verdict for answer in answers] == [Verdict.ACCEPTED, Verdict.ACCEPTED]
    assert len(room.events("Diary.CalledIn")) == 1


def test_another_body_under_a_used_number_is_a_fork_recorded_once_an_hour(
    room: WorkerRoom, allowed: SpeakingAgent
) -> None:
    allowed.say(allowed.full_properties(1, {"ram": 16}, HASH))
    allowed.clock.forward(1)

    forked = [allowed.say(allowed.full_properties(1, {"ram": 17}, HASH)) for _ in range(3)]
    room.clock.forward(3_600_000)
    allowed.say(allowed.full_properties(1, {"ram": 17}, HASH))

    assert [each.content["reason"] for each in forked] == ["fork"] * 3
    assert [each.facts["reason"] for each in room.events("Registration.PackageRefused")] == ["fork", "fork"]
    assert [each.next_number for each in forked] == [2, 2, 2]


def test_a_number_beyond_the_next_is_a_gap_and_the_answer_names_the_next(allowed: SpeakingAgent) -> None:
    allowed.say(allowed.call_in(1))

    gap = allowed.say(allowed.call_in(7))

    assert (gap.content["reason"], gap.next_number) == ("gap", 2)


def test_malformed_content_uses_its_number_and_the_agent_goes_on(room: WorkerRoom, allowed: SpeakingAgent) -> None:
    malformed = allowed.say(allowed.package(AgentType.FULL_PROPS, {"properties": 5}, 1))
    unknown = allowed.say(allowed.package(77, {"a": 1}, 2))
    after = allowed.say(allowed.call_in(3))

    assert (malformed.content["reason"], unknown.content["reason"]) == ("malformed", "unsupported_type")
    assert after.verdict is Verdict.ACCEPTED
    assert [each.facts["decision"] for each in room.events("Diary.ContentRefused")] == [
        Decision.MALFORMED,
        Decision.UNSUPPORTED_TYPE,
    ]


def test_hello_is_a_control_package_and_writes_nothing(room: WorkerRoom, allowed: SpeakingAgent) -> None:
    head = room.log.head()

    hello = allowed.say(allowed.package(AgentType.HELLO, {"size": 300_000}, 0))

    assert (hello.verdict, hello.content, hello.next_number) == (Verdict.ACCEPTED, {}, 1)
    assert room.log.head() == head


def test_a_clock_ten_hours_wrong_is_no_reason_to_refuse(room: WorkerRoom, allowed: SpeakingAgent) -> None:
    allowed.clock.forward(-36_000_000)

    spoken = allowed.say(allowed.call_in(1))

    assert spoken.verdict is Verdict.ACCEPTED
    (event,) = room.events("Diary.CalledIn")
    assert event.meta.agent_time_ms is not None
    assert event.meta.recorded_at_ms - event.meta.agent_time_ms == 36_000_000


def test_a_wrong_signature_is_counted_not_recorded(room: WorkerRoom, allowed: SpeakingAgent) -> None:
    other = SpeakingAgent(room, "pc-2", seed=8)
    other.enrol()
    _, received = allowed.bound(allowed.call_in(1))
    head = room.log.head()

    tampered = [
        with_header(received, fingerprint=other.fingerprint),
        forged(received, body=received.body + b"\x00"),
        forged(received, nonce=b"another nonce 16"),
        forged(received, signature=bytes(64)),
        with_header(received, number=2),
        with_header(received, type=int(AgentType.MSG_REQUEST)),
        with_header(received, offered=3),
    ]
    answers = room.handle([room.delivery(tampered)])

    assert [(answer.verdict, answer.package) for answer in answers] == [(Verdict.BAD, b"")] * len(tampered)
    assert room.log.head() == head


def test_an_unknown_key_is_told_so_unsigned_and_nothing_is_recorded(room: WorkerRoom, agent: SpeakingAgent) -> None:
    head = room.log.head()

    spoken = agent.say(agent.call_in(1))

    assert spoken.verdict is Verdict.BAD
    assert spoken.event == Told(ServerType.UNKNOWN_KEY, {})
    assert room.log.head() == head


def test_unverified_packages_become_one_summary_a_minute(room: WorkerRoom, agent: SpeakingAgent) -> None:
    for _ in range(5):
        agent.say(agent.call_in(1))
    room.clock.forward(60_000)

    room.shift.idle()
    room.shift.idle()

    (summary,) = room.events("Unverified.Counted")
    assert summary.facts["counts"] == {"unknown_key": 5}


def test_an_old_package_replayed_under_its_old_nonce_appends_nothing(room: WorkerRoom, allowed: SpeakingAgent) -> None:
    _, old = allowed.bound(allowed.call_in(1))
    room.handle([room.delivery([old])])
    allowed.say(allowed.call_in(2))
    head = room.log.head()

    waiting, _ = allowed.bound(allowed.call_in(3))
    (answer,) = room.handle([room.delivery([old])])

    assert room.log.head() == head
    # The answer names the old package's bytes: it matches nothing that an agent waits for.
    assert "does not match" in str(heard(waiting, answer))


def test_an_old_package_under_a_new_nonce_is_a_wrong_signature(room: WorkerRoom, allowed: SpeakingAgent) -> None:
    _, old = allowed.bound(allowed.call_in(1))
    room.handle([room.delivery([old])])

    (answer,) = room.handle([room.delivery([forged(old, nonce=bytes(16))])])

    assert (answer.verdict, answer.package) == (Verdict.BAD, b"")


def test_a_package_that_crashes_its_handler_twice_is_set_aside_and_its_agent_goes_on(
    room: WorkerRoom, allowed: SpeakingAgent
) -> None:
    def crash(known: KnownKey, header: AgentHeader, content: dict[str, object]) -> Decision:
        raise RuntimeError("a bug")

    room.handlers[AgentType.EVENT_UPLOAD] = ("Diary.EventsDelivered", crash)
    neighbour = SpeakingAgent(room, "pc-2")
    neighbour.enrol()
    _, poison = allowed.bound(allowed.package(AgentType.EVENT_UPLOAD, {"events": []}, 1), connection=1)
    _, good = neighbour.bound(neighbour.call_in(1), connection=2)

    answers = {each.connection: each for each in room.handle([room.delivery([poison, good])])}
    after = allowed.say(allowed.call_in(2))

    assert answers[2].verdict is Verdict.ACCEPTED
    assert [each.facts["decision"] for each in room.events("Diary.ContentRefused")] == [Decision.UNPROCESSABLE]
    assert after.next_number == 3
    assert len(room.events("Diary.CalledIn")) == 2


@pytest.mark.parametrize("history", [1, 2, 3, 5, 70])
def test_a_restarted_worker_asks_no_idle_agent_for_full_properties(
    room: WorkerRoom, allowed: SpeakingAgent, history: int
) -> None:
    allowed.say(allowed.full_properties(1, {"ram": 16}, HASH))
    for number in range(2, history + 1):
        allowed.say(allowed.call_in(number, HASH))

    room.shift = room.new_shift("worker-1")
    idle = allowed.say(allowed.call_in(history + 1, HASH))

    assert (idle.content, idle.next_number) == ({}, history + 2)


def test_a_restarted_worker_knows_a_repeat_and_a_fork(room: WorkerRoom, allowed: SpeakingAgent) -> None:
    for number in range(1, 6):
        allowed.say(allowed.call_in(number))
    allowed.clock.forward(1)

    for package, expected in (
        (allowed.call_in(5), None),
        (allowed.call_in(2), None),
        (allowed.call_in(3, why="manual"), "fork"),
        (allowed.call_in(5), "fork"),
    ):
        room.shift = room.new_shift("worker-1")
        spoken = allowed.say(package)
        assert (spoken.content.get("reason"), spoken.next_number) == (expected, 6)
    assert len(room.events("Diary.CalledIn")) == 5


def test_a_restarted_worker_knows_a_gap(room: WorkerRoom, allowed: SpeakingAgent) -> None:
    allowed.say(allowed.call_in(1))
    room.shift = room.new_shift("worker-1")

    gap = allowed.say(allowed.call_in(900))

    assert (gap.content["reason"], gap.next_number) == ("gap", 2)


def test_redelivered_messages_are_decided_one_package_a_transaction(room: WorkerRoom, allowed: SpeakingAgent) -> None:
    _, first = allowed.bound(allowed.call_in(1))
    _, second = allowed.bound(allowed.call_in(2))

    answers = room.handle([room.delivery([first, second], deliveries=3)])

    assert [answer.verdict for answer in answers] == [Verdict.ACCEPTED, Verdict.ACCEPTED]
    assert len(room.events("Diary.CalledIn")) == 2
