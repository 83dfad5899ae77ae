"""The socket in the home: whoever may enter the home asks the running agent to call in and gets the result."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agents.outcome import Result

NAME = "control"
LONGEST_ANSWER_S = 150.0
"""The call-in under way, then the one asked for."""

_LINE = 64 * 1024
_ASK_S = 2.0


class NobodyListens(Exception):
    """No running agent answers in this home."""


class BadRequest(Exception):
    """What came through the control socket is no request."""


@contextmanager
def short_path(home: Path) -> Iterator[str]:
    """A path of the socket that fits into the 108 bytes of a Unix address, however deep the home is."""
    folder = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{NAME}"
    finally:
        os.close(folder)


def listen(home: Path) -> socket.socket:
    """The listening socket; call only while holding the home's lock."""
    (home / NAME).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with short_path(home) as path:
        listener.bind(path)
    (home / NAME).chmod(0o600)
    listener.listen(16)
    return listener


def read_request(peer: socket.socket) -> bool:
    """Whether the full set is asked for; raise BadRequest."""
    peer.settimeout(_ASK_S)
    try:
        plain = json.loads(_line(peer))
    except (OSError, ValueError, RecursionError) as error:
        raise BadRequest(str(error)) from error
    if not isinstance(plain, dict) or plain.get("do") != "call-in":
        raise BadRequest("the one request is call-in")
    return plain.get("full") is True


def send_result(peer: socket.socket, result: Result) -> None:
    """Answer; who has gone away meanwhile misses nothing but the print."""
    try:
        peer.sendall(json.dumps(result.to_plain()).encode() + b"\n")
    except OSError:
        return


def ask(home: Path, *, full: bool) -> Result:
    """Have the running agent call in; raise NobodyListens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer, short_path(home) as path:
        try:
            peer.settimeout(LONGEST_ANSWER_S)
            peer.connect(path)
            peer.sendall(json.dumps({"do": "call-in", "full": full}).encode() + b"\n")
            return Result.from_plain(json.loads(_line(peer)))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise NobodyListens(f"the agent running in {home} does not answer: {error}") from error


def _line(peer: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b"\n"):
        more = peer.recv(_LINE)
        if not more or len(data) + len(more) > _LINE:
            raise ValueError("no whole line")
        data += more
    return data
