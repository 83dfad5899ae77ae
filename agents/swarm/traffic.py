"""Bytes of a TCP connection as the kernel counts them (Linux, TCP_INFO).

Over IP each segment adds 52 bytes: IPv4 20, TCP 20, timestamps option 12. SYN and SYN-ACK carry 8 more of options each.
The four segments of closing come after the reading and are added for connections that are closed. Loopback acknowledges
much like a LAN does; segments larger than an Ethernet frame are not split there, which matters above 1,448 bytes only.
"""

import socket
import struct
from typing import NamedTuple

SEGMENT_OVERHEAD = 52
SYN_OPTIONS = 2 * 8
CLOSING_SEGMENTS = 4
_COUNTERS = struct.Struct("=QQII")
_COUNTERS_AT = 120


class Traffic(NamedTuple):
    """Payload bytes (TLS records) and segments, both ways."""

    read: int = 0
    written: int = 0
    segments: int = 0

    def __sub__(self, before: "Traffic") -> "Traffic":
        return Traffic(self.read - before.read, self.written - before.written, self.segments - before.segments)


def traffic_of(peer: socket.socket) -> Traffic:
    """What went over this connection so far; all zero where the kernel does not tell."""
    try:
        info = peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _COUNTERS_AT + _COUNTERS.size)
        acked, received, out, came = _COUNTERS.unpack_from(info, _COUNTERS_AT)
    except (OSError, AttributeError, struct.error):
        return Traffic()
    return Traffic(received, acked, out + came)


class TrafficSum:
    """Traffic of connections while they carried call-ins."""

    def __init__(self) -> None:
        self.read = self.written = self.segments = 0
        self.whole_connections = 0

    def add(self, traffic: Traffic, *, whole: bool) -> None:
        """``whole``: from the first SYN on, and the connection is closed now."""
        self.read += traffic.read
        self.written += traffic.written
        self.segments += traffic.segments
        self.whole_connections += whole

    @property
    def ip_bytes(self) -> int:
        """Estimate of the bytes at IP level, both ways."""
        closing = self.whole_connections * (CLOSING_SEGMENTS * SEGMENT_OVERHEAD + SYN_OPTIONS)
        return self.read + self.written + self.segments * SEGMENT_OVERHEAD + closing
