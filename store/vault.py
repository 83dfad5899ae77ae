"""Secrets at rest: subject keys and private server keys, sealed with AES-256-GCM under a wrapping key from a file."""

import hmac
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_SIZE = 12
KEY_SIZE = 32


class WrongWrappingKey(Exception):
    """A sealed key does not open: the wrapping key is not the one this store was made with."""


class Vault:
    """Wraps and unwraps keys; ``random(n)`` gives n random bytes."""

    def __init__(self, wrapping_key: bytes, random: Callable[[int], bytes]) -> None:
        if len(wrapping_key) != KEY_SIZE:
            raise ValueError(f"a wrapping key has {KEY_SIZE} bytes, not {len(wrapping_key)}")
        self._wrap = AESGCM(wrapping_key)
        self._digest_key = hmac.digest(wrapping_key, b"muster/1 resource keys", "sha256")
        self.snapshot_cipher = AESGCM(hmac.digest(wrapping_key, b"muster/1 snapshots", "sha256"))
        self.random = random

    def new_subject_key(self, subject_id: int, fingerprint: bytes) -> tuple[bytes, bytes]:
        """A fresh subject key and its wrapped form."""
        key = self.random(KEY_SIZE)
        return key, self._seal(key, _subject_context(subject_id, fingerprint))

    def open_subject_key(self, subject_id: int, fingerprint: bytes, wrapped: bytes) -> bytes:
        """Unwrap a subject key; raise WrongWrappingKey when it is another's or another store's."""
        return self._open(wrapped, _subject_context(subject_id, fingerprint))

    def seal(self, name: str, secret: bytes) -> bytes:
        """Seal a private key under its name."""
        return self._seal(secret, b"muster/1 sealed key\n" + name.encode())

    def unseal(self, name: str, sealed: bytes) -> bytes:
        """Open what ``seal`` made under the same name; raise WrongWrappingKey otherwise."""
        return self._open(sealed, b"muster/1 sealed key\n" + name.encode())

    def resource_digest(self, kind: str, value: str) -> bytes:
        """Keyed hash of a resource key: equal resources meet, nobody without the wrapping key can guess them."""
        return hmac.digest(self._digest_key, f"{len(kind)}:{kind}{value}".encode(), "sha256")

    def _seal(self, secret: bytes, context: bytes) -> bytes:
        nonce = self.random(NONCE_SIZE)
        return nonce + self._wrap.encrypt(nonce, secret, context)

    def _open(self, sealed: bytes, context: bytes) -> bytes:
        try:
            return self._wrap.decrypt(sealed[:NONCE_SIZE], sealed[NONCE_SIZE:], context)
        except (InvalidTag, ValueError) as error:
            raise WrongWrappingKey((WrongWrappingKey.__doc__ or "").strip()) from error


def _subject_context(subject_id: int, fingerprint: bytes) -> bytes:
    return b"muster/1 subject key\n" + subject_id.to_bytes(8, "big") + fingerprint
