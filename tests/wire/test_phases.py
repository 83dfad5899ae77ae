"""What may be said when: one package in flight, the server first, nothing after a violation."""

from typing import Any

import pytest

from tests.wire.ends import (
    CODEC,
    NONCE,
    NOW_MS,
    agent_frame,
    agent_session,
    answer,
    answer_frame,
    outgoing,
    server_session,
    signed_by_agent,
    welcomed,
)
from wire.agent_session import Answered, State, Told, Violated, Welcomed
from wire.frames import to_frame
from wire.packages import encode_unsigned
from wire.server_session import PackageArrived
from wire.server_session import State as ServerState
from wire.server_session import Violated as ServerViolated
from wire.types import ServerType

WELCOME: dict[str, Any] = {"versions": 1, "nonce": NONCE, "time": NOW_MS}


def unsigned(kind: ServerType, **content: Any) -> bytes:
    return to_frame(encode_unsigned(CODEC, kind, content))


def test_an_agent_sends_nothing_before_the_welcome_nor_while_it_waits() -> None:
    early, waiting = agent_session(), welcomed()
    waiting.send(outgoing({}))

    for session in (early, waiting):
        with pytest.raises(RuntimeError):
            session.send(outgoing({}))


def test_a_second_welcome_is_a_violation() -> None:
    session = welcomed()

    (event,) = session.receive(unsigned(ServerType.WELCOME, **WELCOME))

    assert event == Violated("a second Welcome")
    assert session.receive(unsigned(ServerType.BUSY)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"versions": 0},
        {"versions": 2},
        {"versions": -1},
        {"versions": 2**32 + 1},
        {"versions": "1"},
        {"nonce": bytes(15)},
        {"nonce": "x" * 16},
        {"time": None},
    ],
    ids=str,
)
def test_a_welcome_without_a_version_nonce_and_time_we_can_use_is_a_violation(changes: dict[str, Any]) -> None:
    (event,) = agent_session().receive(unsigned(ServerType.WELCOME, **{**WELCOME, **changes}))

    assert isinstance(event, Violated)


def test_a_welcome_that_offers_more_versions_is_echoed_as_seen() -> None:
    session = agent_session()

    (event,) = session.receive(unsigned(ServerType.WELCOME, **{**WELCOME, "versions": 0x80000001, "new": "field"}))
    frame = session.send(outgoing({}))

    assert event == Welcomed(0x80000001, NOW_MS)
    assert bytes.fromhex("0001 80000001") in frame


def test_a_signed_answer_to_nothing_is_a_violation() -> None:
    session = welcomed()
    answered = signed_by_agent(session.send(outgoing({})))
    session.receive(answer_frame(answered))

    (again,) = session.receive(answer_frame(answered))
    (first,) = agent_session().receive(answer_frame(answered))

    assert again == first == Violated("an answer to nothing")


@pytest.mark.parametrize("kind", [ServerType.BUSY, ServerType.UNKNOWN_KEY])
def test_busy_and_unknown_key_end_the_wait_for_an_answer(kind: ServerType) -> None:
    session = welcomed()
    session.send(outgoing({}))

    events = session.receive(unsigned(kind, retry_after=30))

    assert events == [Told(kind, {"retry_after": 30})]
    assert session.state is State.READY


def test_a_hint_leaves_the_wait_for_an_answer_as_it_is() -> None:
    session = welcomed()
    answered = signed_by_agent(session.send(outgoing({})))

    hint = session.receive(unsigned(ServerType.MSG_AVAILABLE))
    events = session.receive(answer_frame(answered))

    assert hint == [Told(ServerType.MSG_AVAILABLE, {})]
    assert [type(event) for event in events] == [Answered]


def test_a_package_before_the_last_was_answered_is_a_violation() -> None:
    session = server_session()

    first = session.receive(agent_frame(b"\x80"))
    second = session.receive(agent_frame(b"\x80", number=2))

    assert [type(event) for event in first] == [PackageArrived]
    assert second == [ServerViolated("a package was sent before the last one was answered")]
    assert session.state is ServerState.CLOSED


def test_a_server_answers_only_what_is_in_flight() -> None:
    session = server_session()
    payload = answer(b"")

    assert session.answer(payload, accepted=True) == b""
    session.receive(agent_frame(b"\x80"))
    assert session.answer(payload, accepted=True) == to_frame(payload)
    assert session.answer(payload, accepted=True) == b""


def test_closed_sessions_hear_nothing() -> None:
    server, agent = server_session(), welcomed()
    server.close()
    agent.close()

    assert server.receive(agent_frame(b"\x80")) == []
    assert agent.receive(unsigned(ServerType.BUSY)) == []


def test_a_server_knows_when_a_frame_has_begun() -> None:
    session = server_session()
    frame = agent_frame(b"\x80")

    session.receive(frame[:5])
    assert session.midway
    session.receive(frame[5:])
    assert not session.midway


def test_busy_and_hints_may_be_sent_in_any_phase() -> None:
    session = server_session()

    for _ in range(2):
        assert session.unsigned(ServerType.MSG_AVAILABLE, {}) == unsigned(ServerType.MSG_AVAILABLE)
        session.receive(agent_frame(b"\x80"))
