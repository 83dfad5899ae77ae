"""Leaf bytes are what will be hashed and proved: fixed before the first event was stored."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from ledger.leaf import leaf_bytes

STREAM = UUID("00112233-4455-6677-8899-aabbccddeeff")
events = st.tuples(st.uuids(), st.integers(0, 2**64 - 1), st.text(max_size=20), st.binary(max_size=40))


def test_the_leaf_bytes_of_an_event() -> None:
    assert leaf_bytes(STREAM, 258, "Diary.CalledIn", b"state") == bytes.fromhex(
        "00000010 00112233445566778899aabbccddeeff"
        "00000008 0000000000000102"
        "0000000e 44696172792e43616c6c6564496e"
        "00000005 7374617465"
    )


@given(events, events)
def test_no_two_events_have_the_same_leaf(
    one: tuple[UUID, int, str, bytes], other: tuple[UUID, int, str, bytes]
) -> None:
    assert (leaf_bytes(*one) == leaf_bytes(*other)) == (one == other)
