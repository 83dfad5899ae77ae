"""Frames: 4-byte big-endian length, then that many bytes of MessagePack. Limits are checked before memory is spent."""

import struct
from collections.abc import Iterator

FIRST_FRAME_LIMIT = 8 * 1024
FRAME_LIMIT = 1024 * 1024 + 4 * 1024
BODY_LIMIT = 4 * 1024 * 1024
_LENGTH = struct.Struct("!I")


class FrameTooLarge(Exception):
    """A peer announced a frame larger than it may send at this point of the session."""


def to_frame(payload: bytes) -> bytes:
    """Return ``payload`` with its length in front."""
    return _LENGTH.pack(len(payload)) + payload


class FrameBuffer:
    """Cuts a byte stream into frame payloads; however the bytes are cut, the frames are the same."""

    def __init__(self, limit: int = FIRST_FRAME_LIMIT) -> None:
        self.limit = limit
        self._data = bytearray()

    @property
    def waiting(self) -> int:
        """Bytes held that are not a whole frame yet."""
        return len(self._data)

    def receive(self, data: bytes) -> Iterator[bytes]:
        """Take in ``data`` and yield each completed payload; raise FrameTooLarge on an announced length over the limit.

        One by one, so that what came before a violation has been heard, and ``limit`` may change in between.
        """
        self._data += data
        while (frame := self._next()) is not None:
            yield frame

    def _next(self) -> bytes | None:
        if len(self._data) < _LENGTH.size:
            return None
        (size,) = _LENGTH.unpack_from(self._data)
        if size > self.limit:
            raise FrameTooLarge(f"a frame of {size} bytes, the limit here is {self.limit}")
        end = _LENGTH.size + size
        if len(self._data) < end:
            return None
        frame = bytes(self._data[_LENGTH.size : end])
        del self._data[:end]
        return frame
