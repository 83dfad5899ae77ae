"""Stored state is a file format: its bytes with a fixed nonce and key, what is plain and what is sealed."""

from uuid import UUID

import msgpack
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from store.state import Meta, Place, UnreadableState, decode_state, encode_state, seal, unseal

SUBJECT = 7
PLACE = Place(UUID("00112233-4455-6677-8899-aabbccddeeff"), 258, "Registration.Requested")
CIPHER = AESGCM(bytes(range(32)))
NONCE = bytes(range(12))
CONTEXT = PLACE.stream.bytes + bytes.fromhex("0000000000000102") + b"Registration.Requested" + bytes(7) + b"\x07"
SEALED = bytes.fromhex("000102030405060708090a0b 4790777a01e4 a0e9d60acc9dcb6fe4a6e57a0a8fbc976b")
DIARY_STATE = bytes.fromhex(
    "9a 01 01 cf0000019b76daa800 c0 a968616e646c65722d31 c0 c0 07 93 01 c40468686868 c4046e6e6e6e c400"
)
FULL_STATE = bytes.fromhex(
    "9a 01 02 cf0000019b76daa800 ad6f70657261746f723a6f6c6761 a968616e646c65722d31"
    "c410aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa cf0000019b76daa418 07 81a6726561736f6ea46c6f7374 c4020102"
)
DIARY_META = Meta(1, 1_767_225_600_000, None, "handler-1", None, None, SUBJECT)
FULL_META = Meta(2, 1_767_225_600_000, "operator:olga", "handler-1", b"\xaa" * 16, 1_767_225_599_000, SUBJECT)


def first_bytes(size: int) -> bytes:
    """Not random at all."""
    return bytes(range(size))


def test_the_plain_part_of_a_diary_event() -> None:
    facts = [1, b"hhhh", b"nnnn"]

    assert encode_state(DIARY_META, facts, b"") == DIARY_STATE
    assert decode_state(DIARY_STATE) == (DIARY_META, facts, b"")


def test_the_plain_part_of_an_event_with_everything() -> None:
    assert encode_state(FULL_META, {"reason": "lost"}, b"\x01\x02") == FULL_STATE
    assert decode_state(FULL_STATE) == (FULL_META, {"reason": "lost"}, b"\x01\x02")


def test_the_sealed_part_is_nonce_and_aes_gcm_over_a_flag_and_message_pack() -> None:
    assert seal(CIPHER, PLACE, SUBJECT, ["a", b"b"], first_bytes) == SEALED
    assert CIPHER.decrypt(NONCE, SEALED[12:], CONTEXT) == b"\x00" + msgpack.packb(["a", b"b"])


def test_a_long_sealed_part_is_compressed_before_it_is_sealed() -> None:
    long = {"a": "x" * 300}

    sealed = seal(CIPHER, PLACE, SUBJECT, long, first_bytes)

    assert CIPHER.decrypt(NONCE, sealed[12:], CONTEXT)[:5] == b"\x01" + bytes.fromhex("28b52ffd")
    assert len(sealed) < 100
    assert unseal(CIPHER, PLACE, SUBJECT, sealed) == long


@pytest.mark.parametrize(
    ("place", "subject"),
    [
        (PLACE._replace(stream=UUID(int=1)), SUBJECT),
        (PLACE._replace(version=259), SUBJECT),
        (PLACE._replace(topic="Registration.RequestRepeated"), SUBJECT),
        (PLACE, 8),
    ],
    ids=["stream", "version", "topic", "subject"],
)
def test_what_was_sealed_for_one_place_opens_nowhere_else(place: Place, subject: int) -> None:
    assert unseal(CIPHER, PLACE, SUBJECT, SEALED) == ["a", b"b"]

    with pytest.raises(UnreadableState):
        unseal(CIPHER, place, subject, SEALED)


@pytest.mark.parametrize("state", [b"", b"\x90", b"\x91\x01", b"\x9a\x02" + b"\xc0" * 9, DIARY_STATE[:-1], b"\xc1"])
def test_bytes_of_another_format_are_unreadable(state: bytes) -> None:
    with pytest.raises(UnreadableState):
        decode_state(state)
