"""Ports for private servers."""

import random
import socket

# Below the range from which the kernel takes ports of outgoing connections (32768 and up): nobody
# borrows the port of a server while a test has it stopped.
_FIRST, _LAST = 20_000, 32_767


class NoFreePort(Exception):
    """No port between 20000 and 32767 is free on 127.0.0.1."""


def free_port() -> int:
    """Return a port on which nothing listens on 127.0.0.1."""
    for port in random.sample(range(_FIRST, _LAST + 1), 200):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise NoFreePort


def listens(host: str, port: int) -> bool:
    """Say whether something accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False
