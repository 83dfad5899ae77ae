"""The socket in the home: whoever may enter the home asks the running agent for something and is told how it went."""

import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from agents.outcome import Result

NAME = "control"
CALL_IN, ENFORCE, RUN_TASK = "call-in", "enforce", "run-task"
VERBS = (CALL_IN, ENFORCE, RUN_TASK)
LONGEST_ANSWER_S = 150.0
"""The call-in under way, then the one asked for."""

T = TypeVar("T")
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


class Request(NamedTuple):
    """What a person wants: ``do`` call-in (``full``: with all properties), or another verb, maybe on a ``name``."""

    do: str
    full: bool = False
    name: str = ""


def read_request(peer: socket.socket) -> Request:
    """What is asked for; raise BadRequest."""
    peer.settimeout(_ASK_S)
    try:
        plain = json.loads(_line(peer))
    except (OSError, ValueError, RecursionError) as error:
        raise BadRequest(str(error)) from error
    if not isinstance(plain, dict) or plain.get("do") not in VERBS:
        raise BadRequest(f"the requests are {', '.join(VERBS)}")
    return Request(plain["do"], plain.get("full") is True, str(plain.get("name", "")))


def send_result(peer: socket.socket, result: Result) -> None:
    """Answer a call-in."""
    _send(peer, result.to_plain())


def send_told(peer: socket.socket, told: str) -> None:
    """Answer any other verb."""
    _send(peer, {"told": told})


def ask(home: Path, *, full: bool) -> Result:
    """Have the running agent call in; raise NobodyListens."""
    return _ask(home, {"do": CALL_IN, "full": full}, Result.from_plain)


def ask_for(home: Path, verb: str, name: str = "") -> str:
    """Have the running agent do something else; return what it tells; raise NobodyListens."""
    return _ask(home, {"do": verb, "name": name}, lambda plain: str(plain["told"]))


def _send(peer: socket.socket, plain: dict[str, Any]) -> None:
    # Who has gone away meanwhile misses nothing but the print.
    with suppress(OSError):
        peer.sendall(json.dumps(plain).encode() + b"\n")


def _ask(home: Path, request: dict[str, Any], read: Callable[[dict[str, Any]], T]) -> T:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer, short_path(home) as path:
        try:
            peer.settimeout(LONGEST_ANSWER_S)
            peer.connect(path)
            peer.sendall(json.dumps(request).encode() + b"\n")
            return read(json.loads(_line(peer)))
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
