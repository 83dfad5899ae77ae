"""Bytes may arrive cut anywhere: the same stream gives the same events, in both roles."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.ends import (
    CODEC,
    NOW_MS,
    agent_frame,
    agent_session,
    answer_frame,
    outgoing,
    server_session,
    signed_by_agent,
    welcomed,
)
from wire.agent_session import AgentSession, Answered, Told, Welcomed
from wire.frames import FIRST_FRAME_LIMIT, FrameBuffer, to_frame
from wire.packages import encode_unsigned
from wire.server_session import PackageArrived, Violated
from wire.types import ServerType

HINT = to_frame(encode_unsigned(CODEC, ServerType.MSG_AVAILABLE, {}))
BUSY = to_frame(encode_unsigned(CODEC, ServerType.BUSY, {"retry_after": 30}))
WELCOME = server_session().welcome(NOW_MS)

good = st.binary(max_size=60).map(agent_frame)
nonsense = st.binary(max_size=60).map(to_frame)
raw = st.binary(max_size=60)
cuts = st.lists(st.integers(0, 1_000), max_size=12)


def cut(data: bytes, at: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(place % (len(data) + 1) for place in at)})
    return [data[start:end] for start, end in pairwise(places)]


def heard(receive: Callable[[bytes], list[Any]], pieces: list[bytes]) -> list[Any]:
    return [event for piece in pieces for event in receive(piece)]


def bytewise(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


@given(st.lists(good | nonsense | raw, max_size=4).map(b"".join), cuts)
def test_a_server_hears_the_same_however_the_bytes_are_cut(stream: bytes, at: list[int]) -> None:
    whole = server_session().receive(stream)

    assert heard(server_session().receive, cut(stream, at)) == whole
    assert heard(server_session().receive, bytewise(stream)) == whole


@given(st.binary(max_size=200), cuts)
def test_a_server_hears_the_same_of_garbage_however_it_is_cut(stream: bytes, at: list[int]) -> None:
    assert heard(server_session().receive, cut(stream, at)) == server_session().receive(stream)


def in_flight() -> tuple[AgentSession, bytes]:
    """An agent that waits for an answer, and what it signed."""
    session = welcomed()
    return session, signed_by_agent(session.send(outgoing({"why": "start"})))


@given(st.lists(st.sampled_from([WELCOME, HINT, BUSY]) | nonsense | raw, max_size=4).map(b"".join), cuts)
def test_an_agent_is_welcomed_the_same_however_the_bytes_are_cut(stream: bytes, at: list[int]) -> None:
    whole = agent_session().receive(stream)

    assert heard(agent_session().receive, cut(stream, at)) == whole
    assert heard(agent_session().receive, bytewise(stream)) == whole


@given(st.lists(st.sampled_from(["hint", "busy", "answer"]), max_size=4), cuts)
def test_an_agent_is_answered_the_same_however_the_bytes_are_cut(said: list[str], at: list[int]) -> None:
    whole_session, answered = in_flight()
    cut_session, _ = in_flight()
    frames = {"hint": HINT, "busy": BUSY, "answer": answer_frame(answered, {"full": True})}
    stream = b"".join(frames[each] for each in said)

    whole = whole_session.receive(stream)

    assert heard(cut_session.receive, cut(stream, at)) == whole
    assert cut_session.state is whole_session.state


def test_one_byte_at_a_time_is_enough() -> None:
    session, answered = in_flight()

    events = heard(session.receive, bytewise(HINT + answer_frame(answered)))

    assert [type(event) for event in events] == [Told, Answered]
    assert [type(event) for event in heard(agent_session().receive, bytewise(WELCOME))] == [Welcomed]


def test_a_package_and_what_breaks_the_protocol_behind_it_are_both_heard() -> None:
    for broken in (to_frame(b"\xc1"), b"\xff\xff\xff\xff"):
        events = server_session().receive(agent_frame(b"\x80") + broken)
        assert [type(event) for event in events] == [PackageArrived, Violated]


@pytest.mark.parametrize("size", [0, 1, FIRST_FRAME_LIMIT])
def test_a_frame_of_every_allowed_size_is_cut_out(size: int) -> None:
    payload = bytes(size)

    assert list(FrameBuffer().receive(to_frame(payload) + to_frame(b"next")[:3])) == [payload]
