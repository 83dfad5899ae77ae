"""The listening port: lets connections in as admission says, and leaves them in the kernel while there are too many."""

from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IAddress, IOpenSSLServerConnectionCreator
from twisted.internet.protocol import Factory

from frontend.admission import Refusal
from frontend.connection import AgentConnection
from frontend.house import House
from frontend.prompt_port import listen
from frontend.tls import TlsFactory


class Door(Factory):
    """Makes the protocol of each connection; `look` is to be called now and then."""

    noisy = False

    def __init__(self, house: House) -> None:
        self._house = house
        self._port: Any = None
        self._waiting = False

    @property
    def open(self) -> bool:
        """Whether there is a port."""
        return self._port is not None

    def listen(self, reactor: Any, tls: IOpenSSLServerConnectionCreator, host: str, port: int) -> int:
        """Open it; returns the port's number (for port 0 the one that was free)."""
        itself: Any = self  # zope's interfaces are no types to mypy
        factory = TlsFactory(tls, False, itself, reactor)
        self._port = listen(reactor, port, factory, self._house.limits.backlog, host)
        return int(self._port.getHost().port)

    def shut(self) -> Deferred[Any]:
        """Accept nothing more; fires when the port is closed."""
        port, self._port = self._port, None
        return maybeDeferred(port.stopListening if port is not None else _nothing)

    def look(self) -> None:
        """Accept again when there is room again."""
        if self._waiting and self._port is not None and not self._house.admission.saturated():
            self._waiting = False
            self._port.startReading()

    def buildProtocol(self, addr: IAddress | None) -> AgentConnection | None:  # noqa: N802
        """None closes the connection."""
        house = self._house
        origin = house.admission.enter(str(getattr(addr, "host", "unknown")))
        if house.admission.saturated():
            self._wait()
        if isinstance(origin, Refusal):
            house.counts.connections[origin] += 1
            return None
        house.counts.connections["admitted"] += 1
        return AgentConnection(house, origin)

    def _wait(self) -> None:
        if not self._waiting and self._port is not None:
            self._waiting = True
            self._port.stopReading()


def _nothing() -> None:
    """There was no port to close."""
