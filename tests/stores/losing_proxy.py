"""A wire to PostgreSQL that can be cut at the worst moment."""

import socket
from contextlib import suppress
from threading import Thread
from typing import Literal

Loss = Literal["nothing", "the question", "the answer"]


class LosingProxy:
    """Passes everything on between one port and another until it is told to lose something and hang up."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._lose: Loss = "nothing"
        self._threads: list[Thread] = []
        self._sockets: list[socket.socket] = []
        self._start(self._accept)

    def lose(self, what: Loss) -> None:
        """Swallow the next of these and hang up."""
        self._lose = what

    def has_lost_it(self) -> bool:
        """Whether the loss has happened."""
        return self._lose == "nothing"

    def cut(self) -> None:
        """Hang up on everybody; whoever calls again is put through."""
        for each in list(self._sockets):
            _hang_up(each)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self.cut()
        for thread in list(self._threads):
            thread.join()
        for each in (self._listener, *self._sockets):
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                self._sockets += [client, server]
                self._start(self._pass_on, client, server, "the question")
                self._start(self._pass_on, server, client, "the answer")

    def _start(self, target: object, *arguments: object) -> None:
        assert callable(target)
        thread = Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _pass_on(self, source: socket.socket, destination: socket.socket, what: Loss) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if self._lose == what:
                    self._lose = "nothing"
                    break
                destination.sendall(data)
        _hang_up(source)
        _hang_up(destination)


def _hang_up(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
