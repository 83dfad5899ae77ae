"""What travels on the bus: whole messages come back whole, anything else is refused in one way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.messages import (
    Answer,
    Answers,
    Command,
    Cut,
    FrontendAnnounced,
    MalformedMessage,
    PackageReceived,
    Packages,
    Reply,
    Verdict,
    WakeHints,
    decode_command,
    decode_reply,
    encode,
)

PACKAGE = PackageReceived(
    connection=7,
    offered=1,
    nonce=b"n" * 16,
    header=b"h" * 76,
    body=b"body",
    signature=b"s" * 64,
    address="192.0.2.1",
    received_at_ms=1_700_000_000_000,
)
ANSWER = Answer(
    connection=7,
    verdict=Verdict.ACCEPTED,
    package=b"frame",
    fingerprint=b"f" * 32,
    agent_id=b"i" * 16,
    name="desk-1",
    type=2,
)


@pytest.mark.parametrize("command", [Packages([PACKAGE, PACKAGE]), FrontendAnnounced("muster.reply.fe1.x", 5)])
def test_a_command_comes_back_as_it_was(command: Command) -> None:
    assert decode_command(encode(command)) == command


@pytest.mark.parametrize("reply", [Answers([ANSWER]), WakeHints([b"f" * 32, b"g" * 32]), Cut([b"f" * 32])])
def test_a_reply_comes_back_as_it_was(reply: Reply) -> None:
    assert decode_reply(encode(reply)) == reply


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xc1", id="not MessagePack"),
        pytest.param(b"\x91" * 100_000, id="nested too deep"),
        pytest.param(b"\x92\xa8packages\x91\x98\xa2\xff\xff", id="not UTF-8"),
        pytest.param(encode(WakeHints([b""])), id="a reply"),
        pytest.param(encode(Packages([PACKAGE]))[:-1], id="cut off"),
    ],
)
def test_anything_else_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedMessage):
        decode_command(body)


@pytest.mark.parametrize("body", [b"\x92\xa6shrink\x05", b"\x91\xa6shrink", b"\x91\xa4hint"])
def test_a_kind_of_reply_that_only_another_version_knows_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedMessage):
        decode_reply(body)


def test_a_field_that_a_later_version_adds_is_ignored() -> None:
    longer = encode(Cut([b"f" * 32])).replace(b"\x92", b"\x93", 1) + b"\xc0"

    assert decode_reply(longer) == Cut([b"f" * 32])


def test_an_answer_of_a_worker_that_says_no_why_is_understood() -> None:
    older = encode(Answers([ANSWER])).replace(b"\x98\x07\x01", b"\x97\x07\x01").removesuffix(b"\xa0")

    assert decode_reply(older) == Answers([ANSWER])


def test_a_verdict_that_does_not_exist_is_malformed() -> None:
    forged = encode(Answers([ANSWER])).replace(b"\x98\x07\x01", b"\x98\x07\x09")

    with pytest.raises(MalformedMessage):
        decode_reply(forged)


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_but_decode_or_be_refused(body: bytes) -> None:
    for decode in (decode_command, decode_reply):
        try:
            assert encode(decode(body))
        except MalformedMessage:
            continue


def test_a_package_costs_few_bytes_beside_its_own() -> None:
    own = sum(len(part) for part in (PACKAGE.nonce, PACKAGE.header, PACKAGE.body, PACKAGE.signature))

    assert len(encode(Packages([PACKAGE] * 64))) / 64 < own + 40
