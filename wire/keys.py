"""Agent and server keys: one encoding each, the algorithm comes from the key, never from the message.

Fingerprint = SHA-256 of the DER SubjectPublicKeyInfo. P-256 signatures are r|s (64 bytes), Ed25519 64 bytes (RFC 8032),
RSA is PKCS #1 v1.5 with SHA-256 of exactly 1024 or 2048 bits and e = 65537.
"""

import hashlib
from typing import Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

P256 = "p256"
ED25519 = "ed25519"
RSA2048 = "rsa2048"
RSA1024 = "rsa1024"

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
_ECDSA = ec.ECDSA(hashes.SHA256())
_PKCS1 = padding.PKCS1v15()
_SHA256 = hashes.SHA256()


class UnusableKey(Exception):
    """A public key is of a kind, size or encoding this deployment does not accept."""


class WrongSignature(Exception):
    """The signature was not made by this key over these bytes."""


class PublicKey(Protocol):
    """A key that checks signatures."""

    algorithm: str
    der: bytes
    fingerprint: bytes

    def verify(self, signature: bytes, message: bytes) -> None:
        """Return when the signature is right; raise WrongSignature otherwise."""
        ...


class _Loaded:
    """What every loaded key has: its algorithm, its one encoding, its fingerprint."""

    def __init__(self, algorithm: str, der: bytes) -> None:
        self.algorithm = algorithm
        self.der = der
        self.fingerprint = fingerprint_of(der)


class _P256(_Loaded):
    def __init__(self, key: ec.EllipticCurvePublicKey, der: bytes) -> None:
        super().__init__(P256, der)
        self._key = key

    def verify(self, signature: bytes, message: bytes) -> None:
        if len(signature) != 64:
            raise WrongSignature("a P-256 signature is r|s, 64 bytes")
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        try:
            self._key.verify(encode_dss_signature(r, s), message, _ECDSA)
        except InvalidSignature:
            raise WrongSignature("the P-256 signature does not match") from None


class _Ed25519(_Loaded):
    def __init__(self, key: ed25519.Ed25519PublicKey, der: bytes) -> None:
        super().__init__(ED25519, der)
        self._key = key

    def verify(self, signature: bytes, message: bytes) -> None:
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            raise WrongSignature("the Ed25519 signature does not match") from None


class _Rsa(_Loaded):
    def __init__(self, key: rsa.RSAPublicKey, der: bytes) -> None:
        super().__init__(f"rsa{key.key_size}", der)
        self._key = key

    def verify(self, signature: bytes, message: bytes) -> None:
        try:
            self._key.verify(signature, message, _PKCS1, _SHA256)
        except InvalidSignature:
            raise WrongSignature("the RSA signature does not match") from None


def fingerprint_of(der: bytes) -> bytes:
    """SHA-256 of a DER SubjectPublicKeyInfo: 32 bytes."""
    return hashlib.sha256(der).digest()


def load_public_key(der: bytes) -> PublicKey:
    """Load a DER SubjectPublicKeyInfo; raise UnusableKey unless it is one of the four kinds in its one encoding."""
    try:
        key = serialization.load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnusableKey(f"not a usable public key: {error}") from error
    if public_der(key) != der:
        raise UnusableKey("the key is not in its one encoding (DER SubjectPublicKeyInfo, uncompressed point)")
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return _P256(key, der)
    if isinstance(key, ed25519.Ed25519PublicKey):
        return _Ed25519(key, der)
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size not in (1024, 2048) or key.public_numbers().e != 65537:
            raise UnusableKey("RSA keys have exactly 1024 or 2048 bits and e = 65537")
        return _Rsa(key, der)
    raise UnusableKey("keys are P-256, Ed25519 or RSA")


def public_der(key: object) -> bytes:
    """The one encoding of a public key: DER SubjectPublicKeyInfo."""
    der: bytes = key.public_bytes(  # type: ignore[attr-defined]
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return der


def generate_key(algorithm: str) -> PrivateKey:
    """Make a new private key of one of the algorithms that may sign; raise UnusableKey for any other name."""
    if algorithm == P256:
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm == ED25519:
        return ed25519.Ed25519PrivateKey.generate()
    if algorithm in (RSA2048, RSA1024):
        bits = int(algorithm.removeprefix("rsa"))
        return rsa.generate_private_key(public_exponent=65537, key_size=bits)
    raise UnusableKey(f"no algorithm is called {algorithm!r}; choose p256, ed25519, rsa2048 or rsa1024")


def sign(key: PrivateKey, message: bytes) -> bytes:
    """Sign ``message`` in the wire's form of the key's algorithm."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(message)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, _PKCS1, _SHA256)
    r, s = decode_dss_signature(key.sign(message, _ECDSA))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")
