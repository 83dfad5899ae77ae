"""The two fixed headers, used as they stand: 76 bytes from agents, 28 bytes from servers; integers big-endian."""

import struct
from typing import NamedTuple

AGENT_HEADER_SIZE = 76
SERVER_HEADER_SIZE = 28
FINGERPRINT_AT = slice(8, 40)
"""Where the key fingerprint stands in an agent header."""

_AGENT = struct.Struct("!BBHI32sQQI16s")
_SERVER = struct.Struct("!BBHIQQI")

FLAG_ZSTD = 1
VERSION = 1
OFFERED = 1 << (VERSION - 1)
"""Bit mask of the protocol versions this code speaks: bit 0 is version 1."""


class MalformedHeader(Exception):
    """A header has the wrong size or says something no version of the protocol allows."""


class AgentHeader(NamedTuple):
    """What an agent says about its package; signed with it."""

    type: int
    flags: int
    version: int
    offered: int
    fingerprint: bytes
    number: int
    agent_time_ms: int
    server_key_version: int
    state_hash: bytes

    def pack(self) -> bytes:
        """Return the 76 bytes."""
        return _AGENT.pack(*self)

    @classmethod
    def unpack(cls, data: bytes) -> "AgentHeader":
        """Read 76 bytes; raise MalformedHeader for any other size."""
        if len(data) != AGENT_HEADER_SIZE:
            raise MalformedHeader(f"an agent header has {AGENT_HEADER_SIZE} bytes, not {len(data)}")
        return cls._make(_AGENT.unpack(data))

    @property
    def properties_hash(self) -> bytes:
        """First half of the state hash: the agent's own, opaque to the server."""
        return self.state_hash[:8]

    @property
    def lists_hash(self) -> bytes:
        """Second half of the state hash: what the agent holds of policies, tasks and lists; zeros for nothing."""
        return self.state_hash[8:]


class ServerHeader(NamedTuple):
    """What a server says about its answer; signed with it."""

    type: int
    flags: int
    version: int
    server_key_version: int
    next_number: int
    server_time_ms: int
    epoch: int

    def pack(self) -> bytes:
        """Return the 28 bytes."""
        return _SERVER.pack(*self)

    @classmethod
    def unpack(cls, data: bytes) -> "ServerHeader":
        """Read 28 bytes; raise MalformedHeader for any other size."""
        if len(data) != SERVER_HEADER_SIZE:
            raise MalformedHeader(f"a server header has {SERVER_HEADER_SIZE} bytes, not {len(data)}")
        return cls._make(_SERVER.unpack(data))
