"""The bytes in docs/protocol.md prove themselves by the rules written there, with none of our code."""

import hashlib
import struct
from typing import Any

import msgpack
import pytest
import zstandard
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.docs.document import hex_blocks

EXCHANGES = ["Exchange 1", "Exchange 2", "Exchange 3"]


def ed25519(der: bytes) -> Ed25519PublicKey:
    key = load_der_public_key(der)
    assert isinstance(key, Ed25519PublicKey)
    return key


def payload(frame: bytes) -> Any:
    (size,) = struct.unpack("!I", frame[:4])
    assert size == len(frame) - 4
    return msgpack.unpackb(frame[4:])


def test_the_keys_follow_from_their_seeds() -> None:
    keys = hex_blocks("Keys")

    for who in ("Root key", "Server key, version 1", "Agent key"):
        public = Ed25519PrivateKey.from_private_bytes(keys[f"{who}, seed"]).public_key()
        assert public.public_bytes_raw() == ed25519(keys[f"{who}, public"]).public_bytes_raw()
    assert hashlib.sha256(keys["Agent key, public"]).digest() == keys["Agent key, fingerprint"]


@pytest.mark.parametrize("heading", EXCHANGES)
def test_the_agents_package_is_signed_over_context_nonce_header_and_hash_of_the_body(heading: str) -> None:
    keys, blocks = hex_blocks("Keys"), hex_blocks(heading)
    kind, welcome = payload(blocks["Welcome, frame"])
    header, body, signature = payload(blocks["Agent package, frame"])

    signed = b"muster/1 agent package\n" + welcome["nonce"] + header + hashlib.sha256(body).digest()

    assert (kind, welcome["versions"], len(header), len(signed)) == (128, 1, 76, 147)
    assert (body, signed) == (blocks["Agent package, body"], blocks["Agent package, signed bytes"])
    assert signature == blocks["Agent package, signature"]
    ed25519(keys["Agent key, public"]).verify(signature, signed)


@pytest.mark.parametrize("heading", EXCHANGES)
def test_the_answer_is_signed_for_this_agent_and_this_package(heading: str) -> None:
    keys, blocks = hex_blocks("Keys"), hex_blocks(heading)
    header, body, signature = payload(blocks["Answer, frame"])[:3]
    answered = hashlib.sha256(blocks["Agent package, signed bytes"]).digest()

    signed = b"muster/1 server package\n" + keys["Agent key, fingerprint"] + answered + header
    signed += hashlib.sha256(body).digest()

    assert (len(header), len(signed)) == (28, 148)
    assert (body, signed) == (blocks["Answer, body"], blocks["Answer, signed bytes"])
    ed25519(keys["Server key, version 1, public"]).verify(signature, signed)


def test_the_certificate_is_signed_by_the_root_key_and_names_the_server_key() -> None:
    keys, blocks = hex_blocks("Keys"), hex_blocks("Exchange 1")
    ((statement, signature),) = payload(blocks["Answer, frame"])[3]

    ed25519(keys["Root key, public"]).verify(signature, b"muster/1 server-key certificate\n" + statement)

    assert statement == blocks["Certificate, statement"]
    key, algorithm, purpose, until_ms, version, minimum = msgpack.unpackb(statement)
    assert (key, algorithm, purpose) == (keys["Server key, version 1, public"], "ed25519", "server")
    assert (version, minimum) == (1, 1)
    assert until_ms > struct.unpack_from("!Q", payload(blocks["Answer, frame"])[0], 16)[0]


def test_only_the_first_answer_brings_a_certificate() -> None:
    assert [len(payload(hex_blocks(heading)["Answer, frame"])) for heading in EXCHANGES] == [4, 3, 3]


def test_the_exchanges_end_as_their_headings_say() -> None:
    answers = [payload(hex_blocks(heading)["Answer, frame"]) for heading in EXCHANGES]

    assert [header[0] for header, *_ in answers] == [133, 134, 136]
    bodies = [msgpack.unpackb(body) for _, body, *_ in answers]
    assert (bodies[0]["status"], bodies[1], bodies[2]["reason"]) == ("pending", {}, "revoked")
    # Registration and refusal use no number; the idle call-in was number 2.
    assert [struct.unpack_from("!Q", header, 8)[0] for header, *_ in answers] == [1, 3, 7]


def test_the_small_vectors_hold() -> None:
    blocks = hex_blocks("18. Small vectors")
    key, signature = load_der_public_key(blocks["P-256, public"]), blocks["P-256, signature"]
    assert isinstance(key, ec.EllipticCurvePublicKey)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")

    key.verify(encode_dss_signature(r, s), blocks["P-256, message"], ec.ECDSA(hashes.SHA256()))

    unpacked = zstandard.ZstdDecompressor().decompress(blocks["Compressed, body"])
    assert msgpack.unpackb(unpacked) == {"why": "a" * 300}
    encoded = blocks["State hash, MessagePack"]
    assert msgpack.unpackb(encoded) == {"a": {"c": None, "d": [True]}, "b": 1}
    assert blocks["State hash"] == hashlib.sha256(bytes(32) + encoded).digest()[:8] + bytes(8)
