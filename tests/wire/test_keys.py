"""Keys have one encoding and signatures one form each; everything else is refused."""

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, padding, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from wire.keys import (
    ED25519,
    P256,
    RSA1024,
    RSA2048,
    PrivateKey,
    UnusableKey,
    WrongSignature,
    generate_key,
    load_public_key,
    public_der,
    sign,
)

MESSAGE = b"what is signed"
KEYS: dict[str, PrivateKey] = {name: generate_key(name) for name in (P256, ED25519, RSA2048, RSA1024)}
SIZES = {P256: 64, ED25519: 64, RSA2048: 256, RSA1024: 128}
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

each_algorithm = pytest.mark.parametrize("algorithm", list(KEYS))


@each_algorithm
def test_every_algorithm_signs_and_verifies_in_its_one_form(algorithm: str) -> None:
    key = KEYS[algorithm]
    public = load_public_key(public_der(key.public_key()))

    signature = sign(key, MESSAGE)
    public.verify(signature, MESSAGE)

    assert (public.algorithm, len(signature)) == (algorithm, SIZES[algorithm])
    for wrong in (signature[:-1], signature + b"\x00", b"", bytes(len(signature)), b"\xff" * len(signature)):
        with pytest.raises(WrongSignature):
            public.verify(wrong, MESSAGE)
    with pytest.raises(WrongSignature):
        public.verify(signature, MESSAGE + b"!")


@each_algorithm
def test_a_key_does_not_verify_what_another_signed(algorithm: str) -> None:
    other = generate_key(ED25519) if algorithm == ED25519 else KEYS[ED25519]

    with pytest.raises(WrongSignature):
        load_public_key(public_der(KEYS[algorithm].public_key())).verify(sign(other, MESSAGE), MESSAGE)


@given(st.binary(min_size=64, max_size=64))
def test_no_64_bytes_make_p256_fail_otherwise(signature: bytes) -> None:
    public = load_public_key(public_der(KEYS[P256].public_key()))

    with pytest.raises(WrongSignature):
        public.verify(signature, MESSAGE)


@pytest.mark.parametrize(("r", "s"), [(0, 0), (0, 1), (1, 0), (P256_ORDER, 1), (1, P256_ORDER), (2**256 - 1, 1)])
def test_r_and_s_out_of_range_are_wrong(r: int, s: int) -> None:
    public = load_public_key(public_der(KEYS[P256].public_key()))

    with pytest.raises(WrongSignature):
        public.verify(r.to_bytes(32, "big") + s.to_bytes(32, "big"), MESSAGE)


def test_either_half_of_the_range_of_s_is_right() -> None:
    key = KEYS[P256]
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    r, s = decode_dss_signature(key.sign(MESSAGE, ec.ECDSA(hashes.SHA256())))

    for either in (s, P256_ORDER - s):
        signature = r.to_bytes(32, "big") + either.to_bytes(32, "big")
        load_public_key(public_der(key.public_key())).verify(signature, MESSAGE)


def test_a_der_signature_is_wrong() -> None:
    key = KEYS[P256]
    assert isinstance(key, ec.EllipticCurvePrivateKey)

    with pytest.raises(WrongSignature):
        load_public_key(public_der(key.public_key())).verify(key.sign(MESSAGE, ec.ECDSA(hashes.SHA256())), MESSAGE)


def test_rsa_with_another_padding_or_hash_is_wrong() -> None:
    key = KEYS[RSA2048]
    assert isinstance(key, rsa.RSAPrivateKey)
    public = load_public_key(public_der(key.public_key()))
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.MAX_LENGTH)

    for wrong in (key.sign(MESSAGE, pss, hashes.SHA256()), key.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA384())):
        with pytest.raises(WrongSignature):
            public.verify(wrong, MESSAGE)


def _der(tag: int, *parts: bytes) -> bytes:
    """One DER element."""
    content = b"".join(parts)
    size = bytes([len(content)]) if len(content) < 128 else b"\x82" + len(content).to_bytes(2, "big")
    return bytes([tag]) + size + content


def _number(value: int) -> bytes:
    return _der(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


_EC_PUBLIC_KEY, _P256_NAME = bytes.fromhex("06072a8648ce3d0201"), bytes.fromhex("06082a8648ce3d030107")


def _ec_key(point: bytes, curve: bytes = _P256_NAME) -> bytes:
    """The DER of an elliptic curve key whose point and curve are encoded as given."""
    return _der(0x30, _der(0x30, _EC_PUBLIC_KEY, curve), _der(3, b"\x00", point))


def _explicit_p256() -> bytes:
    """P-256 spelled out instead of named."""
    prime = 2**256 - 2**224 + 2**192 + 2**96 - 1
    a, b = (prime - 3).to_bytes(32, "big"), "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b"
    x = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    y = "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
    field = _der(0x30, bytes.fromhex("06072a8648ce3d0101"), _number(prime))
    curve = _der(0x30, _der(4, a), _der(4, bytes.fromhex(b)))
    generator = _der(4, bytes.fromhex(f"04{x}{y}"))
    return _der(0x30, _number(1), field, curve, generator, _number(P256_ORDER), _number(1))


def _refused_keys() -> dict[str, bytes]:
    p256 = KEYS[P256].public_key()
    assert isinstance(p256, ec.EllipticCurvePublicKey)
    good = public_der(p256)
    pem = p256.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    raw = p256.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    x, parity = raw[1:33], raw[64] & 1
    assert _ec_key(raw) == good
    return {
        "compressed point": _ec_key(bytes([2 + parity]) + x),
        "hybrid point": _ec_key(bytes([6 + parity]) + raw[1:]),
        "explicit parameters": _ec_key(raw, _explicit_p256()),
        "point not on the curve": good[:-1] + bytes([good[-1] ^ 1]),
        "point at infinity": _ec_key(b"\x00"),
        "PEM": pem,
        "raw point": raw,
        "raw Ed25519": bytes(32),
        "trailing byte": good + b"\x00",
        "cut": good[:-1],
        "BER length": b"\x30\x81\x59" + good[2:],
        "P-384": public_der(ec.generate_private_key(ec.SECP384R1()).public_key()),
        "secp256k1": public_der(ec.generate_private_key(ec.SECP256K1()).public_key()),
        "Ed448": public_der(ed448.Ed448PrivateKey.generate().public_key()),
        "X25519": public_der(x25519.X25519PrivateKey.generate().public_key()),
        "DSA": public_der(dsa.generate_private_key(1024).public_key()),
        "RSA with e = 3": public_der(rsa.generate_private_key(public_exponent=3, key_size=2048).public_key()),
        "RSA 1536": public_der(rsa.generate_private_key(public_exponent=65537, key_size=1536).public_key()),
        "RSA 4096": _rsa_4096(),
        "private key": Ed25519PrivateKey.from_private_bytes(bytes(32)).private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
        "nothing": b"",
        "no DER": b"not a key at all",
    }


def _rsa_4096() -> bytes:
    """A modulus of that size; nobody needs its factors here."""
    return public_der(rsa.RSAPublicNumbers(65537, (1 << 4095) + 1).public_key())


REFUSED = _refused_keys()


@pytest.mark.parametrize("der", REFUSED.values(), ids=REFUSED.keys())
def test_every_other_kind_size_or_encoding_of_key_is_refused(der: bytes) -> None:
    with pytest.raises(UnusableKey):
        load_public_key(der)


@given(st.binary(max_size=120))
def test_no_bytes_make_loading_fail_otherwise(data: bytes) -> None:
    with pytest.raises(UnusableKey):
        load_public_key(data)


@given(st.integers(0, 90), st.integers(1, 255))
def test_a_changed_byte_makes_another_key_or_none(at: int, change: int) -> None:
    der = bytearray(public_der(KEYS[P256].public_key()))
    der[at] ^= change

    try:
        loaded = load_public_key(bytes(der))
    except UnusableKey:
        return
    assert loaded.der == bytes(der)


def test_only_four_algorithms_make_keys() -> None:
    with pytest.raises(UnusableKey, match="choose"):
        generate_key("rsa4096")
