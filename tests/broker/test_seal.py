"""The seal on orders and their replies."""

import pytest

from broker.seal import MAC_BYTES, ForgedMessage, seal, unseal

KEY = b"k" * 32


def test_what_was_sealed_comes_back() -> None:
    assert unseal(KEY, seal(KEY, b"order")) == b"order"


@pytest.mark.parametrize("place", [0, MAC_BYTES - 1, MAC_BYTES, -1])
def test_one_changed_bit_is_a_forgery(place: int) -> None:
    sealed = bytearray(seal(KEY, b"order"))
    sealed[place] ^= 1

    with pytest.raises(ForgedMessage):
        unseal(KEY, bytes(sealed))


@pytest.mark.parametrize("sealed", [b"", b"short", seal(b"another key", b"order")])
def test_without_the_key_there_is_no_seal(sealed: bytes) -> None:
    with pytest.raises(ForgedMessage):
        unseal(KEY, sealed)
