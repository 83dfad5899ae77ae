"""A server-key certificate counts when the root key signed exactly these bytes and they make sense."""

from typing import Any

import pytest

from tests.wire.ends import CODEC, OTHER_ROOT, ROOT, SERVER_KEYS, certificate, public
from wire.certificates import UntrustedCertificate, read_certificate
from wire.keys import public_der
from wire.trust import Pair

CUT_KEY = public_der(SERVER_KEYS[1].public_key())[:-1]
WRONG_FIELDS: dict[str, dict[str, Any]] = {
    "another purpose": {"purpose": "ledger"},
    "another algorithm": {"algorithm": "p256"},
    "key that cannot be used": {"key": CUT_KEY},
    "key in text": {"key": "key"},
    "minimum in text": {"minimum_version": "1"},
    "no end": {"until_ms": None},
}


@pytest.mark.parametrize("changes", WRONG_FIELDS.values(), ids=WRONG_FIELDS.keys())
def test_a_root_signed_certificate_must_make_sense(changes: dict[str, Any]) -> None:
    with pytest.raises(UntrustedCertificate):
        read_certificate(CODEC, certificate(1, **changes), public(ROOT))


def test_a_root_signature_counts_for_exactly_these_bytes_in_this_context() -> None:
    statement, signature = certificate(1)
    without_context: Pair = (statement, ROOT.sign(statement))

    for pair in ((statement + b"\x00", signature), (statement, bytes(64)), (b"", signature), without_context):
        with pytest.raises(UntrustedCertificate):
            read_certificate(CODEC, pair, public(ROOT))


@pytest.mark.parametrize("statement", [b"", b"\x80", b"\x90", b"\x01", b"\x91" * 5_000, b"\x97" + b"\x01" * 7])
def test_a_root_signed_statement_of_another_shape_is_refused(statement: bytes) -> None:
    pair = (statement, ROOT.sign(b"muster/1 server-key certificate\n" + statement))

    with pytest.raises(UntrustedCertificate):
        read_certificate(CODEC, pair, public(ROOT))


def test_a_certificate_of_another_root_is_refused() -> None:
    assert read_certificate(CODEC, certificate(1), public(ROOT)).version == 1

    with pytest.raises(UntrustedCertificate):
        read_certificate(CODEC, certificate(1, root=OTHER_ROOT), public(ROOT))
