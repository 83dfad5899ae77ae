"""A transport without a network, as far as the frontend uses one."""

from typing import Any

from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.task import Clock
from twisted.python.failure import Failure


class MemoryTransport:
    """Keeps what is written; when closed or aborted, tells the protocol in the next turn, as a reactor does."""

    def __init__(self, clock: Clock, protocol: Any, alpn: bytes | None) -> None:
        self.negotiatedProtocol = alpn
        self.written = bytearray()
        self.paused = False
        self.closed = False
        self.aborted = False
        self.peer_says_goodbye = True
        self.producer: Any = None
        self._clock = clock
        self._protocol = protocol
        self._lost = False

    def write(self, data: bytes) -> None:
        """Writing after the end is dropped."""
        if not self.closed and not self.aborted:
            self.written += data

    def loseConnection(self) -> None:
        assert self.producer is None, "Twisted would wait for the producer"
        self.closed = True
        if self.peer_says_goodbye:
            self._clock.callLater(0, self.lose, ConnectionDone())

    def abortConnection(self) -> None:
        self.aborted = True
        self._clock.callLater(0, self.lose, ConnectionAborted())

    def lose(self, reason: Exception) -> None:
        """The connection is gone."""
        if not self._lost:
            self._lost = True
            self._protocol.connectionLost(Failure(reason))  # type: ignore[no-untyped-call]

    @property
    def lost(self) -> bool:
        return self._lost

    def pauseProducing(self) -> None:
        self.paused = True

    def resumeProducing(self) -> None:
        self.paused = False

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        assert streaming
        self.producer = producer

    def unregisterProducer(self) -> None:
        self.producer = None
