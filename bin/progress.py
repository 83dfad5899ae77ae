"""How far a long reading of the log has got, for whoever waits at a terminal."""

import time
from typing import TextIO

EVERY_S = 2.0


class Progress:
    """A line now and then; none when it is over at once."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._due = time.monotonic() + EVERY_S
        self._head = 0

    def told(self, read: int, head: int) -> None:
        """Positions of the log read so far, and there are."""
        self._head = head
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + EVERY_S
            print(f"read {read:,} of {head:,} positions of the log", file=self._out, flush=True)

    def end(self) -> None:
        """All of it was read."""
        print(f"read all {self._head:,} positions of the log", file=self._out, flush=True)
