"""Private keys at rest: PKCS #8 PEM, of the wire's kinds only."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from wire.keys import PrivateKey, UnusableKey, public_der


def private_pem(key: PrivateKey) -> bytes:
    """PKCS #8 PEM, unencrypted: a file's mode or a seal protects it."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def load_private_pem(pem: bytes) -> PrivateKey:
    """A private key of one of the wire's kinds; raise UnusableKey."""
    try:
        key = serialization.load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UnusableKey(f"not a private key: {error}") from error
    if not isinstance(key, PrivateKey):
        raise UnusableKey("keys are P-256, Ed25519 or RSA")
    return key


def load_public_pem(pem: bytes) -> bytes:
    """The DER SubjectPublicKeyInfo in a public PEM; raise UnusableKey."""
    try:
        return public_der(serialization.load_pem_public_key(pem))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnusableKey("not a key in PEM") from error
