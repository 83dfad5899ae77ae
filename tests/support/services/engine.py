"""Whether a Docker engine answers, soon enough to be worth asking."""

import os
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

_PING = b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n"
_TIMEOUT_S = 2.0


def docker_answers(environment: Mapping[str, str] = os.environ) -> bool:
    """Ping the engine named by DOCKER_HOST, or the local one, within two seconds."""
    try:
        with _connection(environment.get("DOCKER_HOST") or "unix:///var/run/docker.sock") as engine:
            engine.sendall(_PING)
            return b" 200 " in engine.recv(64)
    except OSError:
        return False


def _connection(address: str) -> socket.socket:
    url = urlsplit(address)
    if url.scheme != "unix":
        return socket.create_connection((url.hostname or "127.0.0.1", url.port or 2375), timeout=_TIMEOUT_S)
    engine = socket.socket(socket.AF_UNIX)
    engine.settimeout(_TIMEOUT_S)
    try:
        engine.connect(url.path)
    except OSError:
        engine.close()
        raise
    return engine
