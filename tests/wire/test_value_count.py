"""Values are counted before any is built: a few hundred compressed bytes must not become millions of objects."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wire.ends import CODEC
from wire.codec import MAX_VALUES, MalformedBody, check_count
from wire.compression import compress
from wire.headers import FLAG_ZSTD
from wire.packages import PACKAGE_VALUES, MalformedPackage, decode_body, decode_server_package

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=40)
    | st.binary(max_size=300)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(max_size=40), inner, max_size=20),
    max_leaves=60,
)


def count(value: Any) -> int:
    """Values in ``value``, itself, keys and containers included."""
    if isinstance(value, dict):
        return 1 + len(value) + sum(count(inner) for inner in value.values())
    if isinstance(value, list):
        return 1 + sum(count(inner) for inner in value)
    return 1


@settings(max_examples=40)
@given(values)
def test_every_value_is_counted_once(value: Any) -> None:
    data, size = CODEC.encode(value), count(value)

    check_count(data, size)
    if size > 1:
        with pytest.raises(MalformedBody, match="more than"):
            check_count(data, size - 1)


@given(st.binary(max_size=300), st.integers(0, 50))
def test_no_bytes_make_counting_fail_otherwise(data: bytes, most: int) -> None:
    try:
        check_count(data, most)
    except MalformedBody:
        assert len(data) > most


def test_a_body_may_hold_a_hundred_thousand_values_and_not_more() -> None:
    # The map, its two keys and its two lists are five.
    within = {"a": [0] * 50_000, "b": [0] * (MAX_VALUES - 50_005)}
    beyond = {"a": [0] * 50_000, "b": [0] * (MAX_VALUES - 50_004)}

    assert decode_body(CODEC, FLAG_ZSTD, compress(CODEC.encode(within))) == within
    with pytest.raises(MalformedBody, match="more than 100000 values"):
        decode_body(CODEC, FLAG_ZSTD, compress(CODEC.encode(beyond)))


def test_a_frame_holds_few_values() -> None:
    payload = CODEC.encode([129, {str(at): at for at in range(PACKAGE_VALUES)}])

    with pytest.raises(MalformedPackage, match="more than 256 values"):
        decode_server_package(CODEC, payload)
