"""The CA set: read as it was signed, by the root key alone; what is no set of CAs is refused whoever signed it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from agents.codec import MsgpackCodec
from wire import keys
from wire.authorities import (
    CaSet,
    Pair,
    UntrustedAuthorities,
    content_pair,
    content_plain,
    read_ca_set,
    root_signed_bytes,
    statement_of,
)
from wire.certificates import root_signed_bytes as server_key_signed_bytes
from wire.msgspec_codec import MsgspecCodec

CODEC = MsgspecCodec()
ROOT = keys.generate_key(keys.ED25519)
PUBLIC = keys.load_public_key(keys.public_der(ROOT.public_key()))


def certificate(name: str, *, ca: bool = True) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


ONE, TWO = certificate("one"), certificate("two")


def signed(plain: Any, by: keys.PrivateKey = ROOT) -> Pair:
    statement = CODEC.encode(plain)
    return statement, keys.sign(by, root_signed_bytes(statement))


def test_a_set_is_read_as_it_was_signed_by_either_codec() -> None:
    made = CaSet(3, (ONE, TWO))
    statement = statement_of(CODEC, made)
    content = MsgpackCodec().decode(CODEC.encode(content_plain((statement, b"signature"))))

    assert read_ca_set(MsgpackCodec(), signed([3, [ONE, TWO]]), PUBLIC) == made
    assert content_pair(content) == (statement, b"signature")
    assert statement == signed([3, [ONE, TWO]])[0]


@pytest.mark.parametrize(
    "plain",
    [
        [],
        {},
        [1],
        [0, [ONE]],
        [True, [ONE]],
        [2**63, [ONE]],
        ["1", [ONE]],
        [1, ONE],
        [1, []],
        [1, [ONE] * 5],
        [1, ["text"]],
        [1, [b"no DER"]],
        [1, [ONE + bytes(5_000)]],
        [1, [certificate("leaf", ca=False)]],
    ],
)
def test_what_is_no_set_of_cas_is_refused_though_the_root_key_signed_it(plain: Any) -> None:
    with pytest.raises(UntrustedAuthorities):
        read_ca_set(CODEC, signed(plain), PUBLIC)


def test_another_key_or_another_purpose_signs_no_set() -> None:
    statement, signature = signed([1, [ONE]])
    other = signed([1, [ONE]], keys.generate_key(keys.ED25519))
    as_server_key = statement, keys.sign(ROOT, server_key_signed_bytes(statement))

    for false in (other, as_server_key, (statement, b""), (statement + b"\x00", signature)):
        with pytest.raises(UntrustedAuthorities):
            read_ca_set(CODEC, false, PUBLIC)


@pytest.mark.parametrize("plain", [None, [], {}, {"statement": b""}, {"statement": "s", "signature": b""}])
def test_a_content_without_the_pair_is_refused(plain: Any) -> None:
    with pytest.raises(UntrustedAuthorities):
        content_pair(plain)
