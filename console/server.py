"""Serves the API: uvicorn on a thread and an asyncio loop of its own, on a socket bound before it starts."""

import asyncio
import ipaddress
import socket
import threading
from pathlib import Path
from typing import NamedTuple

import uvicorn
from starlette.types import ASGIApp

GRACEFUL_SHUTDOWN_S = 5
_START_TIMEOUT_S = 10.0


class Exposed(Exception):
    """Other machines would reach the API without encryption: name TLS files, or say that it is behind a proxy."""


class CannotListen(Exception):
    """The address of the API is not free, or not one of this machine's."""


class Tls(NamedTuple):
    """Files in PEM."""

    certificate: Path
    key: Path


class ApiServer:
    """One application on one address. Port 0 takes a free one; `port` tells which, after `start`."""

    def __init__(
        self,
        app: ASGIApp,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: Tls | tuple[Path, Path] | None = None,
        *,
        behind_proxy: bool = False,
    ) -> None:
        """Raises Exposed when this address needs TLS."""
        if not (tls or behind_proxy or is_loopback(host)):
            raise Exposed(f"{Exposed.__doc__} The address: {host}.")
        self.host = host
        self.port = port
        self._scheme = "https" if tls else "http"
        self._server = _Server(_config(app, tls, behind_proxy=behind_proxy))
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where the API is, without a path."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self._scheme}://{host}:{self.port}"

    def start(self) -> None:
        """Bind and serve; returns when requests are taken. Raises CannotListen."""
        listening = _bound(self.host, self.port)
        self.port = listening.getsockname()[1]
        self._thread = threading.Thread(target=self._run, args=(listening,), name="api", daemon=True)
        self._thread.start()
        if not self._server.ready.wait(_START_TIMEOUT_S) or not self._server.started:
            self.stop()
            raise CannotListen(f"{CannotListen.__doc__} The API did not start on {self.url}.")

    def stop(self) -> None:
        """Take no more requests, finish those under way within the graceful time, and end."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(GRACEFUL_SHUTDOWN_S + 2)
            self._thread = None

    def _run(self, listening: socket.socket) -> None:
        try:
            # A loop of its own, whatever loop the process runs beside it.
            with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
                runner.run(self._server.serve(sockets=[listening]))
        finally:
            self._server.ready.set()
            listening.close()


class _Server(uvicorn.Server):
    """Tells when it has started."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        self.ready.set()


def is_loopback(host: str) -> bool:
    """True when only this machine reaches the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _config(app: ASGIApp, tls: Tls | tuple[Path, Path] | None, *, behind_proxy: bool) -> uvicorn.Config:
    certificate, key = tls or (None, None)
    return uvicorn.Config(
        app,
        loop="none",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=behind_proxy,
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_S,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as failed:
        listening.close()
        raise CannotListen(f"{CannotListen.__doc__} {host} port {port}: {failed.strerror}.") from failed
    return listening
