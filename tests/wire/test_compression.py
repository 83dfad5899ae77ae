"""Compressed bodies: exactly one frame that states its size; what it becomes in memory is bounded by that."""

import pytest
import zstandard

from tests.wire.ends import CODEC, answer, outgoing, signed_by_agent, welcomed
from wire.agent_session import Answered
from wire.agent_session import Violated as AgentViolated
from wire.codec import MAX_STRING, MalformedBody
from wire.compression import BodyTooLarge, NotCompressed, compress, decompress
from wire.frames import BODY_LIMIT, to_frame
from wire.headers import FLAG_ZSTD
from wire.packages import decode_body, encode_body


def test_a_body_may_unpack_to_four_mebibytes_and_not_more() -> None:
    assert len(decompress(compress(bytes(BODY_LIMIT)))) == BODY_LIMIT

    with pytest.raises(BodyTooLarge, match="4194305"):
        decompress(compress(bytes(BODY_LIMIT + 1)))


def test_a_bomb_is_refused_by_the_size_it_states() -> None:
    bomb = zstandard.ZstdCompressor(level=1).compress(bytes(1 << 26))

    with pytest.raises(BodyTooLarge, match=str(1 << 26)):
        decode_body(CODEC, FLAG_ZSTD, bomb)


def test_a_bomb_that_states_less_than_it_holds_is_not_unpacked_beyond_that() -> None:
    bomb = bytearray(zstandard.ZstdCompressor().compress(bytes(70_000)))
    size_at = 5  # magic 4, descriptor 1; sizes over 65,791 take 4 bytes
    assert int.from_bytes(bomb[size_at : size_at + 4], "little") == 70_000
    bomb[size_at : size_at + 4] = (66_000).to_bytes(4, "little")

    with pytest.raises(MalformedBody):
        decode_body(CODEC, FLAG_ZSTD, bytes(bomb))


def _streamed(data: bytes) -> bytes:
    stream = zstandard.ZstdCompressor().compressobj()
    return stream.compress(data) + stream.flush()


@pytest.mark.parametrize(
    "body",
    [
        zstandard.ZstdCompressor(write_content_size=False).compress(b"\x80" * 300),
        _streamed(b"\x80" * 300),
        compress(b"\x80") + b"\x00",
        compress(b"\x80") + compress(b"\x80"),
        compress(b"\x80" * 300)[:-1],
        b"\x80",
        b"",
        bytes.fromhex("502a4d18 04000000 61626364"),
    ],
    ids=["no size", "streamed", "trailing byte", "two frames", "cut", "not zstd", "empty", "skippable frame"],
)
def test_a_compressed_body_is_exactly_one_frame_that_states_its_size(body: bytes) -> None:
    with pytest.raises(NotCompressed):
        decompress(body)
    with pytest.raises(MalformedBody):
        decode_body(CODEC, FLAG_ZSTD, body)


@pytest.mark.parametrize("size", [0, 255, 256, 5_000])
def test_a_body_comes_back_as_it_was_given_compressed_when_that_is_smaller(size: int) -> None:
    content = {"text": "a" * size}

    flags, body = encode_body(CODEC, content)

    assert decode_body(CODEC, flags, body) == content
    assert (flags == FLAG_ZSTD) == (size >= 255)


def test_a_body_that_is_too_large_is_not_made() -> None:
    with pytest.raises(BodyTooLarge):
        encode_body(CODEC, {str(at): "a" * MAX_STRING for at in range(4)})


def test_a_large_compressed_answer_is_read_and_a_bomb_is_left() -> None:
    large = {str(at): "a" * MAX_STRING for at in range(3)}
    bomb = zstandard.ZstdCompressor().compress(bytes(BODY_LIMIT + 1))
    one, other = welcomed(), welcomed()
    answered = signed_by_agent(one.send(outgoing({})))
    other.send(outgoing({}))

    (read,) = one.receive(to_frame(answer(answered, large)))
    (left,) = other.receive(to_frame(answer(answered, raw=(FLAG_ZSTD, bomb))))

    assert isinstance(read, Answered)
    assert read.content == large
    assert isinstance(left, AgentViolated)
