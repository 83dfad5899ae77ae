"""Whatever arrives, a session says what is wrong and closes: no other error, no recursion, no half-read text."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.codec import MsgpackCodec
from tests.wire.ends import (
    CODEC,
    agent_frame,
    agent_session,
    answer_frame,
    outgoing,
    server_session,
    signed_by_agent,
    welcomed,
)
from wire import agent_session as agents
from wire import server_session as servers
from wire.codec import Codec, MalformedBody
from wire.frames import to_frame
from wire.msgspec_codec import MsgspecCodec
from wire.packages import MalformedPackage, decode_agent_package, decode_body, decode_server_package

HOSTILE = {
    "very deep lists": b"\x91" * 100_000 + b"\x01",
    "very deep maps": b"\x81\xa1a" * 50_000 + b"\x01",
    "invalid UTF-8": b"\xa2\xff\xfe",
    "cut UTF-8": b"\xa1\xc3",
    "surrogate": b"\xa3\xed\xa0\x80",
    "invalid UTF-8 in a key": b"\x81\xa2\xff\xfe\x01",
    "timestamp": b"\xd6\xff\x00\x00\x00\x01",
    "extension": b"\xd4\x05\x01",
    "number as key": b"\x81\x01\x01",
    "bytes as key": b"\x81\xc4\x01a\x01",
    "four gigabytes announced": b"\xc6\xff\xff\xff\xff",
    "four giga items announced": b"\xdd\xff\xff\xff\xff",
    "two values": b"\x80\x80",
    "nothing": b"",
    "reserved byte": b"\xc1",
}
hostile = pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
codecs = pytest.mark.parametrize("codec", [MsgspecCodec(), MsgpackCodec()], ids=["msgspec", "msgpack"])


@codecs
@hostile
def test_both_codecs_call_it_malformed(codec: Codec, data: bytes) -> None:
    with pytest.raises(MalformedBody):
        codec.decode(data)


@hostile
def test_as_a_body_it_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedBody):
        decode_body(CODEC, 0, data)


@hostile
def test_as_a_package_it_is_malformed_in_both_directions(data: bytes) -> None:
    for decode in (decode_agent_package, decode_server_package):
        with pytest.raises(MalformedPackage):
            decode(CODEC, data)


@hostile
def test_a_server_closes_on_it(data: bytes) -> None:
    session = server_session()

    events = session.receive(to_frame(data[:8000]))

    assert [type(event) for event in events] == [servers.Violated]
    assert session.receive(agent_frame(b"\x80")) == []


@hostile
def test_an_agent_closes_on_it_signed_or_not(data: bytes) -> None:
    session = welcomed()
    answered = signed_by_agent(session.send(outgoing({})))

    unsigned = agent_session().receive(to_frame(data))
    signed = session.receive(answer_frame(answered, raw=(0, data)))

    assert [type(event) for event in unsigned + signed] == [agents.Violated, agents.Violated]
    assert session.state is agents.State.CLOSED


WRONG_SHAPES: dict[str, Any] = {
    "a map": {},
    "a number": 5,
    "empty": [],
    "one": [bytes(28)],
    "text for bytes": ["x" * 28, b"", b""],
    "a header too short": [bytes(27), b"", b""],
    "no list of certificates": [bytes(28), b"", b"", 5],
    "five parts": [bytes(28), b"", b"", [], []],
    "a certificate of three": [bytes(28), b"", b"", [[b"", b"", b""]]],
    "a certificate in text": [bytes(28), b"", b"", [["", ""]]],
    "an unsigned type nobody defined": [99, {}],
    "an unsigned refusal": [136, {"reason": "revoked"}],
    "an unsigned response": [133, {"status": "allowed"}],
    "content that is no map": [129, []],
    "true for a type": [True, {}],
}


@pytest.mark.parametrize("value", WRONG_SHAPES.values(), ids=WRONG_SHAPES.keys())
def test_a_server_package_of_another_shape_is_malformed(value: Any) -> None:
    with pytest.raises(MalformedPackage):
        decode_server_package(CODEC, CODEC.encode(value))


@pytest.mark.parametrize(
    "value",
    [{}, 5, [], [bytes(76)], [bytes(76), b""], [bytes(76), b"", b"", b""], ["x" * 76, b"", b""], [76, b"", b""]],
)
def test_an_agent_package_of_another_shape_is_malformed(value: Any) -> None:
    with pytest.raises(MalformedPackage):
        decode_agent_package(CODEC, CODEC.encode(value))


payloads = st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=5) | st.binary(max_size=80),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
).map(CODEC.encode)


@given(st.lists(payloads, max_size=3))
def test_no_bytes_make_a_session_fail_otherwise(said: list[bytes]) -> None:
    sessions: list[Callable[[bytes], Any]] = [server_session().receive, agent_session().receive, welcomed().receive]
    waiting = welcomed()
    waiting.send(outgoing({}))

    for receive in [*sessions, waiting.receive]:
        for payload in said:
            assert isinstance(receive(to_frame(payload)), list)
