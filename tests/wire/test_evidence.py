"""Evidence: the public key alone tells whether every byte, and every word shown beside it, is what was signed."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wire import keys
from wire.evidence import Evidence, Tampered, read_evidence
from wire.headers import OFFERED, VERSION, AgentHeader
from wire.msgspec_codec import MsgspecCodec
from wire.packages import agent_signed_bytes, encode_body
from wire.types import AgentType

CODEC = MsgspecCodec()
PRIVATE = keys.generate_key(keys.P256)
RAW = ("key", "nonce", "header_bytes", "body_bytes", "signature")


def evidence(private: keys.PrivateKey = PRIVATE, content: dict[str, Any] | None = None) -> Evidence:
    key = keys.public_der(private.public_key())
    flags, body = encode_body(CODEC, content or {"why": "manual", "base": b"\x00\xff", "load": float("nan")})
    kind = AgentType.PROPS_VERSION
    header = AgentHeader(kind, flags, VERSION, OFFERED, keys.fingerprint_of(key), 7, 1, 1, bytes(16)).pack()
    nonce = bytes(range(16))
    return Evidence(key, nonce, header, body, keys.sign(private, agent_signed_bytes(nonce, header, body)))


def exported(found: Evidence) -> Any:
    return json.loads(json.dumps(found.document(CODEC)))


@pytest.mark.parametrize("algorithm", [keys.P256, keys.ED25519, keys.RSA2048, keys.RSA1024])
def test_what_was_signed_is_verified_whatever_the_algorithm(algorithm: str) -> None:
    found = evidence(keys.generate_key(algorithm), {"why": "x" * 500})

    assert read_evidence(CODEC, exported(found)) == found


@settings(max_examples=200, deadline=None)
@given(part=st.sampled_from(range(5)), at=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255))
def test_a_changed_byte_anywhere_fails(part: int, at: int, flip: int) -> None:
    parts = list(evidence())
    changed = bytearray(parts[part])
    changed[at % len(changed)] ^= flip
    parts[part] = bytes(changed)

    with pytest.raises(Tampered):
        Evidence(*parts).verify()


@settings(max_examples=200, deadline=None)
@given(at=st.integers(min_value=0), character=st.sampled_from("0123456789abcdefABCDEF{}[]:,truenl"))
def test_a_changed_character_of_the_exported_document_fails(at: int, character: str) -> None:
    text = json.dumps(evidence().document(CODEC), separators=(",", ":"))
    changed = text[: at % len(text)] + character + text[at % len(text) + 1 :]
    if changed == text:
        return

    with pytest.raises((Tampered, ValueError)):
        read_evidence(CODEC, json.loads(changed))


@pytest.mark.parametrize(
    ("name", "value"),
    [("header", {}), ("body", {"why": "interval"}), ("algorithm", "ed25519"), ("signature", ""), ("nonce", "00")],
)
def test_a_meaning_that_is_not_that_of_the_bytes_fails(name: str, value: Any) -> None:
    document = exported(evidence())
    document[name] = value

    with pytest.raises(Tampered):
        read_evidence(CODEC, document)


def test_a_number_that_only_looks_alike_fails() -> None:
    document = exported(evidence())
    document["header"]["flags"] = False

    with pytest.raises(Tampered):
        read_evidence(CODEC, document)


def test_a_word_added_to_the_evidence_fails() -> None:
    document = exported(evidence()) | {"note": "all is well"}

    with pytest.raises(Tampered):
        read_evidence(CODEC, document)


@pytest.mark.parametrize("missing", RAW)
def test_evidence_with_a_part_missing_fails(missing: str) -> None:
    document = copy.deepcopy(exported(evidence()))
    del document[missing]

    with pytest.raises(Tampered):
        read_evidence(CODEC, document)


def test_another_machines_key_verifies_nothing() -> None:
    other = evidence(keys.generate_key(keys.P256))

    with pytest.raises(Tampered):
        evidence()._replace(key=other.key).verify()
