"""Log lines straight to a stream, many at a time: the `Received` lines would else cost more than the call-ins."""

import json
import time
from collections.abc import Callable
from typing import TextIO

_MOST_HELD = 256
LOGGER_NAME = "muster.frontend"


class LineStream:
    """The form of the processes' other log lines, without a record, a lock and a flush for each.

    What is held is written by `flush`, which the frontend calls several times a second. Not for errors: a process that
    dies takes the held lines along.
    """

    def __init__(self, stream: TextIO, clock_ms: Callable[[], int], *, json_lines: bool = False) -> None:
        self._stream = stream
        self._clock_ms = clock_ms
        self._form = _json_line if json_lines else _plain_line
        self._second = -1
        self._second_text = ""
        self._held: list[str] = []

    def __call__(self, line: str) -> None:
        """Take a line of printable text, level info."""
        self._held.append(self._form(self._timestamp(), line))
        if len(self._held) >= _MOST_HELD:
            self.flush()

    def flush(self) -> None:
        """Write what is held."""
        if self._held:
            text = "".join(self._held)
            self._held.clear()
            self._stream.write(text)
            self._stream.flush()

    def _timestamp(self) -> str:
        second, ms = divmod(self._clock_ms(), 1000)
        if second != self._second:
            self._second = second
            self._second_text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._second_text}.{ms:03d}Z"


def _plain_line(timestamp: str, line: str) -> str:
    return f"{timestamp} [info] {line} [{LOGGER_NAME}]\n"


def _json_line(timestamp: str, line: str) -> str:
    content = {"event": line, "level": "info", "logger": LOGGER_NAME, "timestamp": timestamp}
    return json.dumps(content) + "\n"
