"""Stored state of an event, a file format: what stands in plain, what is sealed under the subject's key.

    [format 1, log epoch, recorded_at ms, who, handler, cause, agent time ms, subject id, facts, sealed]

``facts`` is a map for aggregates' events and ``[decision, header without fingerprint, nonce]`` for diary events: the
fingerprint is that of the subject, 32 bytes saved in every row. ``sealed`` is empty or a random 96-bit nonce and
AES-256-GCM of one flag byte (1 = zstd) and MessagePack; its associated data are stream, version, topic, subject id.
"""

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from store.vault import NONCE_SIZE

FORMAT = 1
SMALLEST_WORTH_COMPRESSING = 200
_PLAIN, _ZSTD = b"\x00", b"\x01"
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


class UnreadableState(Exception):
    """A stored event is damaged, of a newer format, or was not sealed for the place where it stands."""


class Meta(NamedTuple):
    """Who, when, through which handler, caused by what. ``who`` None is the agent itself."""

    epoch: int
    recorded_at_ms: int
    who: str | None = None
    handler: str | None = None
    cause: bytes | None = None
    agent_time_ms: int | None = None
    subject_id: int | None = None


class Place(NamedTuple):
    """Where an event stands: bound to what is sealed."""

    stream: UUID
    version: int
    topic: str


def encode_state(meta: Meta, facts: Any, sealed: bytes) -> bytes:
    """The bytes that are stored, hashed and proved."""
    return _encode([FORMAT, *meta, facts, sealed])


def decode_state(state: bytes) -> tuple[Meta, Any, bytes]:
    """Return (meta, facts, sealed); raise UnreadableState when these are not the bytes of format 1."""
    try:
        parts = _decode(state)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise UnreadableState(str(error)) from error
    if not isinstance(parts, list) or len(parts) != 10 or parts[0] != FORMAT:
        raise UnreadableState("the stored state is not of format 1")
    return Meta._make(parts[1:8]), parts[8], parts[9]


def seal(cipher: AESGCM, place: Place, subject_id: int, content: Any, random: Callable[[int], bytes]) -> bytes:
    """Seal the personal part of an event for the place where it will stand."""
    plain = _encode(content)
    flagged = _PLAIN + plain
    if len(plain) >= SMALLEST_WORTH_COMPRESSING:
        packed = zstandard.ZstdCompressor(level=3).compress(plain)
        if len(packed) < len(plain):
            flagged = _ZSTD + packed
    nonce = random(NONCE_SIZE)
    return nonce + cipher.encrypt(nonce, flagged, _context(place, subject_id))


def unseal(cipher: AESGCM, place: Place, subject_id: int, sealed: bytes) -> Any:
    """Open what ``seal`` made for the same place; raise UnreadableState otherwise."""
    try:
        flagged = cipher.decrypt(sealed[:NONCE_SIZE], sealed[NONCE_SIZE:], _context(place, subject_id))
        plain = zstandard.ZstdDecompressor().decompress(flagged[1:]) if flagged[:1] == _ZSTD else flagged[1:]
        return _decode(plain)
    except (InvalidTag, ValueError, zstandard.ZstdError, msgspec.DecodeError) as error:
        raise UnreadableState(f"the sealed part of {place} does not open: {error}") from error


def _context(place: Place, subject_id: int) -> bytes:
    # Only the topic has no fixed length: the concatenation reads in one way.
    return place.stream.bytes + place.version.to_bytes(8, "big") + place.topic.encode() + subject_id.to_bytes(8, "big")
