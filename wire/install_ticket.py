"""An install ticket on the wire: a seed whose signature over the agent's own key no frontend can use for another."""

from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

CONTEXT = b"muster/1 install ticket\n"
SEED_SIZE = 32


def public_half(seed: bytes) -> bytes:
    """The 32 bytes the server knows of a ticket."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def ticket_field(seed: bytes, fingerprint: bytes) -> dict[str, bytes]:
    """The ``ticket`` of a RegistrationRequest of the key with this fingerprint."""
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(CONTEXT + fingerprint)
    return {"key": public_half(seed), "signature": signature}


def ticket_key(field: Any, fingerprint: bytes) -> bytes | None:
    """The public half of the ticket in a request, if whoever has its seed signed this very key; None otherwise."""
    if not isinstance(field, dict):
        return None
    key, signature = field.get("key"), field.get("signature")
    if not isinstance(key, bytes) or not isinstance(signature, bytes):
        return None
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, CONTEXT + fingerprint)
    except (InvalidSignature, ValueError):
        return None
    return key
