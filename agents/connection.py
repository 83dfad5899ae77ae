"""A TLS connection to one handler: every wait ends with its deadline."""

import queue
import socket
import ssl
import threading
from typing import Any

from agents.bootstrap import Handler
from agents.deadline import Deadline, TooSlow
from agents.handler_trust import HandlerTrust
from agents.tls import NotOurHandler, check_handler

_CHUNK = 64 * 1024
_KEEP_ALIVE = {
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE): 1,
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE): 60,
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL): 15,
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT): 4,
}


_NOT_BELIEVED = (
    "its certificate is by none of the CAs that this agent believes;"
    " if they were replaced while it was away: muster agent bootstrap FILE"
)


class Unreachable(Exception):
    """Nobody of this deployment could be talked to there."""


class Connection:
    """Bytes to and from a handler whose certificate was checked."""

    def __init__(self, peer: ssl.SSLSocket, handler: str) -> None:
        self.handler = handler
        self._peer = peer

    def send(self, data: bytes, deadline: Deadline) -> None:
        """Send all of ``data``; raise Unreachable or TooSlow."""
        view = memoryview(data)
        try:
            while view:
                self._peer.settimeout(deadline.remaining())
                view = view[self._peer.send(view) :]
        except TimeoutError:
            raise TooSlow("the handler does not take what is sent") from None
        except OSError as error:
            raise Unreachable(f"the connection broke: {error}") from error

    def receive(self, deadline: Deadline) -> bytes:
        """Some bytes; raise Unreachable at the end of the stream, TooSlow when none come in time."""
        self._peer.settimeout(deadline.remaining())
        try:
            data = self._peer.recv(_CHUNK)
        except TimeoutError:
            raise TooSlow("no answer in time") from None
        except OSError as error:
            raise Unreachable(f"the connection broke: {error}") from error
        if not data:
            raise Unreachable("the handler closed the connection")
        return data

    def at_hand(self) -> bytes:
        """What has arrived, without waiting; empty when nothing has. Raise Unreachable at the end of the stream."""
        self._peer.settimeout(0)
        try:
            data = self._peer.recv(_CHUNK)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
            return b""
        except OSError as error:
            raise Unreachable(f"the connection broke: {error}") from error
        if not data:
            raise Unreachable("the handler closed the connection")
        return data

    def fileno(self) -> int:
        """Its descriptor, to wait on."""
        return self._peer.fileno()

    def keep_alive(self) -> None:
        """Have the kernel notice within two minutes that a handler is gone without a word."""
        for option, value in _KEEP_ALIVE.items():
            self._peer.setsockopt(*option, value)

    def close(self) -> None:
        """Leave."""
        self._peer.close()

    @property
    def session(self) -> ssl.SSLSession | None:
        """What the next connection to the same handler can resume."""
        return self._peer.session


class Dialer:
    """Opens connections; remembers TLS sessions, so that the next handshake with a handler is short."""

    def __init__(self, trust: HandlerTrust) -> None:
        self._trust = trust
        self._context = trust.context()
        self._sessions: dict[Handler, ssl.SSLSession] = {}

    def dial(self, handler: Handler, server_time_ms: int, deadline: Deadline) -> Connection:
        """Connect, shake hands, check who answered; raise Unreachable or TooSlow."""
        plain = _connect(handler, deadline)
        self._renew_context()
        try:
            plain.settimeout(deadline.remaining())
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            session = self._sessions.pop(handler, None)
            peer = self._context.wrap_socket(plain, server_hostname=handler.host, session=session)
        except TimeoutError:
            plain.close()
            raise TooSlow("no TLS handshake in time") from None
        except ssl.SSLCertVerificationError as error:
            plain.close()
            raise Unreachable(f"{_NOT_BELIEVED} ({error})") from error
        except (OSError, ValueError) as error:
            plain.close()
            raise Unreachable(f"no TLS session: {error}") from error
        try:
            names = self._trust.names()
            return Connection(peer, check_handler(peer, self._trust.deployment, names, server_time_ms))
        except (NotOurHandler, ValueError) as error:
            peer.close()
            raise Unreachable(str(error)) from error

    def remember(self, handler: Handler, connection: Connection) -> None:
        """Resume this connection's TLS session next time."""
        if (session := connection.session) and self._trust.context() is self._context:
            self._sessions[handler] = session

    def _renew_context(self) -> None:
        """Other CAs are believed: what the old ones vouched for is not resumed."""
        if (context := self._trust.context()) is not self._context:
            self._context = context
            self._sessions.clear()


def _connect(handler: Handler, deadline: Deadline) -> socket.socket:
    last: Exception = Unreachable(f"{handler.host} has no address")
    addresses = _resolve(handler, deadline)
    for at, (family, kind, proto, _, address) in enumerate(addresses):
        candidate = socket.socket(family, kind, proto)
        try:
            candidate.settimeout(deadline.remaining() / (len(addresses) - at))
            candidate.connect(address)
            return candidate
        except TimeoutError:
            last = TooSlow(f"no connection to {handler.host} port {handler.port} in time")
        except OSError as error:
            last = Unreachable(f"no connection to {handler.host} port {handler.port}: {error.strerror or error}")
        candidate.close()
    raise last


def _resolve(handler: Handler, deadline: Deadline) -> list[Any]:
    """Addresses of the handler. In a thread: the resolver knows no deadline."""
    answers: queue.SimpleQueue[list[Any] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(handler.host, handler.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else OSError(str(error)))

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=deadline.remaining())
    except queue.Empty:
        raise TooSlow(f"{handler.host} was not resolved in time") from None
    if isinstance(answer, OSError):
        raise Unreachable(f"{handler.host} is not known: {answer.strerror or answer}")
    return answer
