"""A TCP relay that loses the server's answers once the client has said enough."""

import contextlib
import socket
import threading


class LossyProxy:
    """Relays to one port. While ``lose_after`` is set, a connection over which the client has sent more than that many
    bytes gets no further byte back and is cut."""

    def __init__(self, port: int, lose_after: int | None) -> None:
        self.lose_after = lose_after
        self.lost = 0
        self._target = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                relay = _Relay(self, client, server)
                threading.Thread(target=relay.up, daemon=True).start()
                threading.Thread(target=relay.down, daemon=True).start()


class _Relay:
    def __init__(self, proxy: LossyProxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy, self._client, self._server = proxy, client, server
        self._said = 0

    def up(self) -> None:
        with contextlib.suppress(OSError):
            while data := self._client.recv(65536):
                self._said += len(data)
                self._server.sendall(data)
        self._end()

    def down(self) -> None:
        with contextlib.suppress(OSError):
            while data := self._server.recv(65536):
                limit = self._proxy.lose_after
                if limit is not None and self._said > limit:
                    self._proxy.lost += 1
                    break
                self._client.sendall(data)
        self._end()

    def _end(self) -> None:
        for end in (self._client, self._server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
