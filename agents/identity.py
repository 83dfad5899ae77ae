"""Who this agent is on the wire: its private key, and the salt that hides its hashes."""

import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from agents.durable import write_durably
from wire.keys import ED25519, P256, RSA2048, PrivateKey, fingerprint_of, generate_key, public_der, sign

SUPPORTED = [P256, ED25519, RSA2048]
"""Algorithms this agent can sign with, best first."""

SALT_SIZE = 32


class UnusableIdentity(Exception):
    """The key file or the salt in this home cannot be used."""


@dataclass(frozen=True)
class Identity:
    """A private key and a secret salt; both stay on the machine."""

    key: PrivateKey
    salt: bytes

    @cached_property
    def public_der(self) -> bytes:
        """DER SubjectPublicKeyInfo."""
        return public_der(self.key.public_key())

    @cached_property
    def fingerprint(self) -> bytes:
        """SHA-256 of the public key: what the protocol knows this agent by."""
        return fingerprint_of(self.public_der)

    def sign(self, message: bytes) -> bytes:
        """Sign in the wire's form."""
        return sign(self.key, message)


def new_identity(algorithm: str) -> Identity:
    """A fresh key of ``algorithm`` and a fresh salt."""
    return Identity(generate_key(algorithm), secrets.token_bytes(SALT_SIZE))


def store_identity(identity: Identity, home: Path) -> None:
    """Write ``key.pem`` and ``salt``, durable, for the owner alone."""
    pem = identity.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_durably(home / "key.pem", pem)
    write_durably(home / "salt", identity.salt)


def load_identity(home: Path) -> Identity:
    """Read what ``store_identity`` wrote; raise UnusableIdentity."""
    key = load_key(home / "key.pem")
    try:
        salt = (home / "salt").read_bytes()
    except OSError as error:
        raise UnusableIdentity(f"salt in {home}: {error}") from error
    if len(salt) != SALT_SIZE:
        raise UnusableIdentity(f"{home / 'salt'} has {len(salt)} bytes, not {SALT_SIZE}")
    return Identity(key, salt)


def load_key(path: Path) -> PrivateKey:
    """Read a private key; raise UnusableIdentity."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise UnusableIdentity(f"{path}: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey):
        raise UnusableIdentity(f"{path} holds a key of a kind that cannot sign here")
    return key
