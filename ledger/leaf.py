"""Canonical leaf bytes of one stored event: what the Merkle tree will hash (fixed before any event was stored)."""

import struct
from uuid import UUID

_LENGTH = struct.Struct("!I")
_VERSION = struct.Struct("!Q")


def leaf_bytes(stream: UUID, version: int, topic: str, state: bytes) -> bytes:
    """Stream (16 bytes), version (8 bytes, big-endian), topic (UTF-8), stored state; each behind its 4-byte length."""
    fields = (stream.bytes, _VERSION.pack(version), topic.encode(), state)
    return b"".join(_LENGTH.pack(len(field)) + field for field in fields)
