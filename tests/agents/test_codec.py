"""Two independent codecs meet on the wire: what one writes the other reads, what one refuses the other refuses."""

import math
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.codec import MsgpackCodec
from wire.codec import MAX_DEPTH, MalformedBody
from wire.msgspec_codec import MsgspecCodec

OURS, THEIRS = MsgpackCodec(), MsgspecCodec()

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(max_size=300)
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5), max_leaves=30
)


def same(left: Any, right: Any) -> bool:
    """Equal in kind too."""
    return repr(left) == repr(right)


def read(codec: MsgpackCodec | MsgspecCodec, data: bytes) -> Any:
    """The value, or the word refused."""
    try:
        return codec.decode(data)
    except MalformedBody:
        return "refused"


@given(values)
def test_what_one_writes_the_other_reads(value: Any) -> None:
    assert same(THEIRS.decode(OURS.encode(value)), value)
    assert same(OURS.decode(THEIRS.encode(value)), value)


@given(st.binary(max_size=200))
def test_they_agree_on_any_bytes(data: bytes) -> None:
    ours, theirs = read(OURS, data), read(THEIRS, data)

    both_nan = isinstance(ours, float) and isinstance(theirs, float) and math.isnan(ours) and math.isnan(theirs)
    assert both_nan or same(ours, theirs)


@given(values, st.integers(0), st.integers(0, 255))
def test_they_agree_on_broken_bytes(value: Any, at: int, byte: int) -> None:
    data = bytearray(OURS.encode(value))
    data[at % len(data)] = byte

    assert same(read(OURS, bytes(data)), read(THEIRS, bytes(data)))


HOSTILE = {
    "nothing": b"",
    "half a map": b"\x81",
    "two values": b"\x01\x01",
    "never used byte": b"\xc1",
    "too deep": b"\x91" * MAX_DEPTH + b"\x01" + b"",
    "very deep": b"\x91" * 100_000,
    "deep maps": b"\x81\xa1a" * 50_000,
    "four giga of list": b"\xdd\xff\xff\xff\xff",
    "four giga of map": b"\xdf\xff\xff\xff\xff",
    "four giga of string": b"\xdb\xff\xff\xff\xff",
    "four giga of bytes": b"\xc6\xff\xff\xff\xff",
    "list too long": b"\xdd" + (65_537).to_bytes(4, "big") + b"\xc0" * 65_537,
    "number as key": b"\x81\x01\x01",
    "bytes as key": b"\x81\xc4\x01a\x01",
    "list as key": b"\x81\x90\x01",
    "no UTF-8": b"\xa2\xff\xfe",
    "extension": b"\xd4\x05\x00",
    "timestamp": msgpack.packb(msgpack.Timestamp(1)),
    "string too long": msgpack.packb("x" * (1024 * 1024 + 1)),
    "bytes too long": msgpack.packb(b"x" * (1024 * 1024 + 1)),
}


@pytest.mark.parametrize("codec", [OURS, THEIRS], ids=["msgpack", "msgspec"])
@pytest.mark.parametrize("which", HOSTILE)
def test_hostile_bytes_are_refused(codec: MsgpackCodec | MsgspecCodec, which: str) -> None:
    data = HOSTILE[which]
    if which == "too deep":
        data = b"\x91" * (MAX_DEPTH + 1) + b"\x01"

    assert read(codec, data) == "refused"


@pytest.mark.parametrize("codec", [OURS, THEIRS], ids=["msgpack", "msgspec"])
def test_the_limits_themselves_are_allowed(codec: MsgpackCodec | MsgspecCodec) -> None:
    widest = "ü" * (1024 * 1024)
    deepest = b"\x91" * MAX_DEPTH + b"\x01"

    assert codec.decode(codec.encode(widest)) == widest
    assert read(codec, deepest) != "refused"
