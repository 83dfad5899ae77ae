"""A tiny server behind real TLS on the loopback interface; one thread, one connection at a time."""

import contextlib
import queue
import secrets
import socket
import ssl
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.agents.authority import Issued
from tests.agents.tiny_server import TinyServer
from wire.packages import encode_unsigned
from wire.server_session import PackageArrived, ServerSession
from wire.types import ServerType

_LOOK_S = 0.02


class TinyListener:
    """Listens while it is entered. ``silent``: accepts and says nothing; ``mute``: welcomes, answers nothing."""

    def __init__(self, server: TinyServer, issued: Issued, folder: Path, *, alpn: str = "muster/1") -> None:
        self.server = server
        self.silent = False
        self.mute = False
        self.resumed: list[bool] = []
        self.unanswered = threading.Event()
        self.unasked: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        """Sent between two packages as it is; None hangs up."""
        self.hint_before_answer = False
        self.busy = False
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(issued.write(folder))
        self._context.set_alpn_protocols([alpn])
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._ending = False
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._socket.getsockname()[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending = True
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
        for peer in self._open:
            with contextlib.suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=10)
        for peer in self._open:
            peer.close()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            plain, _ = self._socket.accept()
            self._open.append(plain)
            if self._ending:
                return
            if self.silent:
                continue
            with contextlib.suppress(OSError, ssl.SSLError), self._context.wrap_socket(plain, server_side=True) as peer:
                self._open.append(peer)
                self.resumed.append(bool(peer.session_reused))
                self._converse(peer)

    def _converse(self, peer: ssl.SSLSocket) -> None:
        session = ServerSession(self.server.codec, secrets.token_bytes(16))
        peer.sendall(session.welcome(self.server.now_ms))
        peer.settimeout(_LOOK_S)
        while (data := self._received(peer)) is not None:
            for event in session.receive(data):
                if not isinstance(event, PackageArrived):
                    return
                if self.mute:
                    self.unanswered.set()
                elif self.busy:
                    busy = encode_unsigned(self.server.codec, ServerType.BUSY, {"retry_after": 30})
                    peer.sendall(session.answer(busy, accepted=False))
                else:
                    payload, accepted = self.server.answer(session.nonce, event.package)
                    before = session.unsigned(ServerType.MSG_AVAILABLE, {}) if self.hint_before_answer else b""
                    peer.sendall(before + session.answer(payload, accepted=accepted))

    def _received(self, peer: ssl.SSLSocket) -> bytes | None:
        """What came, after what is to be said unasked; None at the end."""
        while True:
            with contextlib.suppress(queue.Empty):
                if (unasked := self.unasked.get_nowait()) is None:
                    return None
                peer.sendall(unasked)
            with contextlib.suppress(TimeoutError):
                return peer.recv(65536) or None
