"""Every cap is checked before memory is spent, and what is just within it passes."""

from typing import Any

import pytest

from agents.codec import MsgpackCodec
from tests.wire.ends import CODEC, agent_session, server_session
from wire.agent_session import Violated as AgentViolated
from wire.codec import MAX_DEPTH, MAX_ITEMS, MAX_STRING, Codec, MalformedBody
from wire.frames import FIRST_FRAME_LIMIT, FRAME_LIMIT, to_frame
from wire.msgspec_codec import MsgspecCodec
from wire.packages import (
    MAX_CERTIFICATES,
    MAX_SIGNATURE,
    AgentPackage,
    MalformedPackage,
    decode_agent_package,
    decode_body,
    decode_server_package,
    encode_agent_package,
    encode_server_package,
)
from wire.server_session import PackageArrived, Violated

codecs = pytest.mark.parametrize("codec", [MsgspecCodec(), MsgpackCodec()], ids=["msgspec", "msgpack"])


def package_of(size: int) -> bytes:
    """The payload of a well-formed agent package, ``size`` bytes long."""
    empty = encode_agent_package(CODEC, AgentPackage(bytes(76), bytes(size - 400), b""))
    payload = encode_agent_package(CODEC, AgentPackage(bytes(76), bytes(size - 400 + size - len(empty)), b""))
    assert len(payload) == size
    return payload


def length(size: int) -> bytes:
    return size.to_bytes(4, "big")


def test_the_first_frame_may_have_eight_kibibytes() -> None:
    within = server_session().receive(to_frame(package_of(FIRST_FRAME_LIMIT)))
    beyond = server_session().receive(length(FIRST_FRAME_LIMIT + 1))

    assert [type(event) for event in within] == [PackageArrived]
    assert beyond == [Violated("a frame of 8193 bytes, the limit here is 8192")]


def test_an_accepted_package_lifts_the_limit_of_the_server() -> None:
    session = server_session()
    session.receive(to_frame(package_of(1000)))
    session.answer(b"", accepted=True)

    within = session.receive(to_frame(package_of(FRAME_LIMIT - 4096)))
    session.answer(b"", accepted=True)
    beyond = session.receive(length(FRAME_LIMIT + 1))

    assert [type(event) for event in within] == [PackageArrived]
    assert beyond == [Violated("a frame of 1052673 bytes, the limit here is 1052672")]


def test_a_refused_package_lifts_nothing() -> None:
    session = server_session()
    session.receive(to_frame(package_of(1000)))
    session.answer(b"", accepted=False)

    assert [type(event) for event in session.receive(length(FIRST_FRAME_LIMIT + 1))] == [Violated]


def test_an_agent_takes_no_frame_over_the_limit() -> None:
    assert agent_session().receive(length(FRAME_LIMIT)) == []
    assert agent_session().receive(length(FRAME_LIMIT + 1)) == [
        AgentViolated("a frame of 1052673 bytes, the limit here is 1052672")
    ]


def test_the_body_of_a_frame_has_at_most_a_mebibyte() -> None:
    decode_agent_package(CODEC, encode_agent_package(CODEC, AgentPackage(bytes(76), bytes(MAX_STRING), b"")))

    with pytest.raises(MalformedPackage, match="longer than 1048576"):
        decode_agent_package(CODEC, encode_agent_package(CODEC, AgentPackage(bytes(76), bytes(MAX_STRING + 1), b"")))


@codecs
@pytest.mark.parametrize("text", ["a" * MAX_STRING, b"a" * MAX_STRING, {"a" * MAX_STRING: 1}])
def test_a_string_may_have_a_mebibyte_and_not_more(codec: Codec, text: Any) -> None:
    longer = {"a" * (MAX_STRING + 1): 1} if isinstance(text, dict) else text + text[:1]

    assert codec.decode(codec.encode(text)) == text
    with pytest.raises(MalformedBody):
        codec.decode(codec.encode(longer))


@codecs
@pytest.mark.parametrize("outer", [b"\x91", b"\x81\xa1a"], ids=["lists", "maps"])
def test_nesting_may_be_32_deep_and_not_deeper(codec: Codec, outer: bytes) -> None:
    codec.decode(outer * MAX_DEPTH + b"\x01")

    with pytest.raises(MalformedBody, match="deeper"):
        codec.decode(outer * (MAX_DEPTH + 1) + b"\x01")


@codecs
def test_a_map_or_list_may_have_65536_items_and_not_more(codec: Codec) -> None:
    assert len(codec.decode(codec.encode({str(at): at for at in range(MAX_ITEMS)}))) == MAX_ITEMS
    assert len(codec.decode(codec.encode([0] * MAX_ITEMS))) == MAX_ITEMS

    for too_many in ({str(at): at for at in range(MAX_ITEMS + 1)}, [0] * (MAX_ITEMS + 1)):
        with pytest.raises(MalformedBody):
            codec.decode(codec.encode(too_many))


@pytest.mark.parametrize("flags", [2, 3, 0x80, 0xFF])
def test_unknown_flags_are_malformed(flags: int) -> None:
    with pytest.raises(MalformedBody, match="flags"):
        decode_body(CODEC, flags, b"\x80")


@pytest.mark.parametrize("body", [b"\xc0", b"\x01", b"\x90", b"\xa1a", b"", b"\x80\x80", b"\x81\x01\x01"])
def test_a_body_is_exactly_one_map_with_text_keys(body: bytes) -> None:
    with pytest.raises(MalformedBody):
        decode_body(CODEC, 0, body)


def test_signature_and_header_have_their_sizes() -> None:
    decode_agent_package(CODEC, encode_agent_package(CODEC, AgentPackage(bytes(76), b"", bytes(MAX_SIGNATURE))))

    for header, signature in ((76, MAX_SIGNATURE + 1), (75, 64), (77, 64), (0, 64)):
        with pytest.raises(MalformedPackage):
            decode_agent_package(CODEC, encode_agent_package(CODEC, AgentPackage(bytes(header), b"", bytes(signature))))


def test_an_answer_has_at_most_sixteen_certificates() -> None:
    pair = [b"statement", b"signature"]

    decode_server_package(CODEC, encode_server_package(CODEC, bytes(28), b"", b"", [pair] * MAX_CERTIFICATES))

    with pytest.raises(MalformedPackage, match="at most 16"):
        decode_server_package(CODEC, encode_server_package(CODEC, bytes(28), b"", b"", [pair] * 17))
