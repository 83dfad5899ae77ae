"""HMAC-SHA-256 around orders and their replies, so that nobody on the bus can forge either."""

import hashlib
import hmac

MAC_BYTES = 32


class ForgedMessage(Exception):
    """A message on the bus does not carry the seal of the key both ends share; somebody else wrote it."""


def seal(key: bytes, payload: bytes) -> bytes:
    """HMAC-SHA-256 (32 bytes) followed by the payload."""
    return hmac.digest(key, payload, hashlib.sha256) + payload


def unseal(key: bytes, sealed: bytes) -> bytes:
    """The payload, if it was sealed with this key; raises ForgedMessage."""
    mac, payload = sealed[:MAC_BYTES], sealed[MAC_BYTES:]
    if not hmac.compare_digest(mac, hmac.digest(key, payload, hashlib.sha256)):
        raise ForgedMessage
    return payload
