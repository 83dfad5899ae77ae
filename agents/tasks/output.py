"""What a program printed: its beginning and its end, in bounded memory."""

from agents.tasks.task_type import LONGEST_OUTPUT

_HEAD = LONGEST_OUTPUT // 2
_TAIL = LONGEST_OUTPUT // 2 - 64
"""Room is left for the line that tells how much is missing."""


class Output:
    """Bytes in, text out."""

    def __init__(self) -> None:
        self._head = b""
        self._tail = b""
        self._size = 0

    def add(self, data: bytes) -> None:
        """More was printed."""
        self._size += len(data)
        room = _HEAD - len(self._head)
        self._head += data[:room]
        self._tail = (self._tail + data[room:])[-_TAIL:]

    def text(self) -> str:
        """At most LONGEST_OUTPUT characters; what is no UTF-8 is replaced."""
        left_out = self._size - len(self._head) - len(self._tail)
        middle = f"\n[{left_out} bytes left out]\n".encode() if left_out else b""
        return (self._head + middle + self._tail).decode(errors="replace")
