"""The wire's bytes, written out: agents in the field depend on each of them. Never change a line, only add."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agents.codec import MsgpackCodec
from wire.certificates import ServerKeyCertificate, certify
from wire.codec import Codec
from wire.frames import to_frame
from wire.headers import AgentHeader, ServerHeader
from wire.keys import fingerprint_of, public_der
from wire.msgspec_codec import MsgspecCodec
from wire.packages import (
    AgentPackage,
    agent_signed_bytes,
    encode_agent_package,
    encode_server_package,
    encode_unsigned,
    server_signed_bytes,
)
from wire.types import AgentType, ServerType

AGENT = AgentHeader(4, 1, 1, 1, bytes(range(32)), 2, 0x0102030405060708, 3, bytes(range(0xA0, 0xB0)))
AGENT_BYTES = bytes.fromhex(
    "04 01 0001 00000001"
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
    "0000000000000002 0102030405060708 00000003 a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
)
SERVER = ServerHeader(134, 0, 1, 3, 9, 0x0102030405060708, 7)
SERVER_BYTES = bytes.fromhex("86 00 0001 00000003 0000000000000009 0102030405060708 00000007")
NONCE = bytes.fromhex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")
EMPTY_MAP = b"\x80"
EMPTY_MAP_DIGEST = bytes.fromhex("76be8b528d0075f7aae98d6fa57a6d3c83ae480a8469e668d7b0af968995ac71")

ROOT = Ed25519PrivateKey.from_private_bytes(
    bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
)
SERVER_KEY = bytes.fromhex("302a300506032b6570032100 3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
P256_KEY = bytes.fromhex(
    "3059301306072a8648ce3d020106082a8648ce3d03010703420004302157e8cddbc9b58a04509fd9664548cca1565e13"
    "8392829e54096a062e31f17fb73e7d2450e834c42915f3926ff53c507a26d2215dba59f81741669637a72f"
)

codecs = pytest.mark.parametrize("codec", [MsgspecCodec(), MsgpackCodec()], ids=["msgspec", "msgpack"])


def test_the_agents_header() -> None:
    assert AGENT.pack() == AGENT_BYTES
    assert AgentHeader.unpack(AGENT_BYTES) == AGENT
    assert AGENT.properties_hash.hex() == "a0a1a2a3a4a5a6a7"


def test_the_servers_header() -> None:
    assert SERVER.pack() == SERVER_BYTES
    assert ServerHeader.unpack(SERVER_BYTES) == SERVER


def test_what_an_agent_signs() -> None:
    expected = b"muster/1 agent package\n" + NONCE + AGENT_BYTES + EMPTY_MAP_DIGEST

    assert agent_signed_bytes(NONCE, AGENT_BYTES, EMPTY_MAP) == expected
    assert len(expected) == 147


def test_what_a_server_signs() -> None:
    recipient, answered = bytes(range(32)), bytes(range(32, 64))
    expected = b"muster/1 server package\n" + recipient + answered + SERVER_BYTES + EMPTY_MAP_DIGEST

    assert server_signed_bytes(recipient, answered, SERVER_BYTES, EMPTY_MAP) == expected
    assert len(expected) == 148


def test_fingerprints() -> None:
    assert fingerprint_of(P256_KEY).hex() == "ba5d6ef0646de104c385e9e5377c86adb875a5b3fc4c7ec2a6607fd3b608fc2d"
    assert (
        fingerprint_of(public_der(ROOT.public_key())).hex()
        == "06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9"
    )


@codecs
def test_the_certificate_of_a_server_key(codec: Codec) -> None:
    statement, signature = certify(
        codec, ServerKeyCertificate(SERVER_KEY, "ed25519", "server", 2_000_000_000_000, 2, 1), ROOT.sign
    )

    assert statement == bytes.fromhex(
        f"96 c42c{SERVER_KEY.hex()} a765643235353139 a6736572766572 cf000001d1a94a2000 02 01"
    )
    assert signature == bytes.fromhex(
        "a358f6b101a04fef7d84ee1381bfed66fd7d8103302f384c8274cf2ac73d5d98"
        "8da6f3f9c5dd514daf395655a0aef4b9d628fe5ea3e84816f135847614dd3f05"
    )


@codecs
def test_the_frame_of_an_agents_package(codec: Codec) -> None:
    package = AgentPackage(AGENT_BYTES, EMPTY_MAP, b"\x11" * 64)

    frame = to_frame(encode_agent_package(codec, package))

    assert frame == bytes.fromhex(f"00000094 93 c44c{AGENT_BYTES.hex()} c40180 c440{'11' * 64}")


@codecs
def test_the_frame_of_a_signed_answer_without_and_with_a_certificate(codec: Codec) -> None:
    plain = to_frame(encode_server_package(codec, SERVER_BYTES, EMPTY_MAP, b"\x22" * 64))
    with_one = to_frame(encode_server_package(codec, SERVER_BYTES, EMPTY_MAP, b"\x22" * 64, [[b"st", b"si"]]))

    signed = f"c41c{SERVER_BYTES.hex()} c40180 c440{'22' * 64}"
    assert plain == bytes.fromhex(f"00000064 93 {signed}")
    assert with_one == bytes.fromhex(f"0000006e 94 {signed} 91 92 c4027374 c4027369")


@codecs
def test_the_frames_of_unsigned_packages(codec: Codec) -> None:
    welcome = {"versions": 1, "nonce": NONCE, "time": 1_767_225_600_000}
    golden: dict[ServerType, tuple[dict[str, Any], str]] = {
        ServerType.WELCOME: (
            welcome,
            f"00000034 92 cc80 83 a876657273696f6e73 01a56e6f6e6365 c410{NONCE.hex()} a474696d65 cf0000019b76daa800",
        ),
        ServerType.BUSY: ({"retry_after": 30}, "00000011 92 cc81 81 ab72657472795f6166746572 1e"),
        ServerType.UNKNOWN_KEY: ({}, "00000004 92 cc82 80"),
        ServerType.MSG_AVAILABLE: ({}, "00000004 92 cc83 80"),
    }

    for kind, (content, expected) in golden.items():
        assert to_frame(encode_unsigned(codec, kind, content)) == bytes.fromhex(expected), kind.name


def test_numbers_of_the_package_types_never_change() -> None:
    assert {each.name: each.value for each in AgentType} == {
        "HELLO": 1,
        "REGISTRATION_REQUEST": 2,
        "AGENT_KEY_UPDATE": 3,
        "PROPS_VERSION": 4,
        "INC_PROPS": 5,
        "FULL_PROPS": 6,
        "EVENT_UPLOAD": 7,
        "MSG_UPLOAD": 8,
        "MSG_REQUEST": 9,
    }
    assert {each.name: each.value for each in ServerType} == {
        "WELCOME": 128,
        "BUSY": 129,
        "UNKNOWN_KEY": 130,
        "MSG_AVAILABLE": 131,
        "KEY_UPDATE": 132,
        "REGISTRATION_RESPONSE": 133,
        "PROPS_RESPONSE": 134,
        "MSG_RESPONSE": 135,
        "ACCESS_DENIED": 136,
    }
