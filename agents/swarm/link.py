"""One TLS connection of a simulated agent: Twisted's bytes to the wire session and back."""

from typing import Any, Protocol

from OpenSSL import SSL
from twisted.internet.interfaces import IHandshakeListener
from twisted.internet.protocol import ClientFactory, connectionDone
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from agents.bootstrap import Handler
from agents.swarm.tls import ClientTls, Creator
from agents.swarm.traffic import Traffic, traffic_of
from agents.tls import NotOurHandler
from wire.agent_session import AgentSession, Event


class Listener(Protocol):
    """Who gets to know what happens on a link."""

    def heard(self, event: Event) -> None:
        """The server said something."""

    def lost(self, why: str) -> None:
        """The connection is gone or never was."""


@implementer(IHandshakeListener)
class Link(TwistedProtocol):
    """``ready`` after Welcome, until the end."""

    transport: Any

    def __init__(self, session: AgentSession, tls: ClientTls, listener: Listener) -> None:
        self.session = session
        self._tls = tls
        self._listener = listener
        self._ended = False

    def connectionMade(self) -> None:  # noqa: N802
        """Small packages are not to wait for each other."""
        self.transport.setTcpNoDelay(True)
        if self._ended:
            self.transport.abortConnection()

    def handshakeCompleted(self) -> None:  # noqa: N802
        """See who answered."""
        try:
            self._tls.check(self.transport.getHandle())
        except NotOurHandler:
            self.end("not_our_handler")

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Bytes from the server."""
        for event in self.session.receive(data):
            if not self._ended:
                self._listener.heard(event)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802
        """The server closed, or the network did."""
        self.gone("connection_lost")

    def gone(self, why: str) -> None:
        """There is no connection any more, or there never was."""
        if not self._ended:
            self._ended = True
            self._listener.lost(why)

    def write(self, data: bytes) -> None:
        """Send."""
        self.transport.write(data)

    def close(self) -> None:
        """Leave politely; nothing more is heard."""
        self._ended = True
        if self.transport is not None:
            self.transport.loseConnection()

    def end(self, why: str) -> None:
        """Break it off and tell the listener."""
        if self.transport is not None:
            self.transport.abortConnection()
        self.gone(why)

    @property
    def tls_session(self) -> SSL.Session | None:
        """What the next connection can resume."""
        handle: SSL.Connection = self.transport.getHandle()
        return handle.get_session()

    @property
    def traffic(self) -> Traffic:
        """Bytes so far, as the kernel counts them."""
        return Traffic() if self.transport is None else traffic_of(self.transport.transport.getHandle())


class Dial(ClientFactory):
    """One attempt to connect."""

    noisy = False

    def __init__(self, link: Link) -> None:
        self._link = link

    def buildProtocol(self, addr: object) -> Link:  # noqa: N802
        """The one link."""
        return self._link

    def clientConnectionFailed(self, connector: object, reason: Failure) -> None:  # noqa: N802
        """Nobody there."""
        self._link.gone("connection_failed")


class _TlsFactory(TLSMemoryBIOFactory):
    protocol = TLSMemoryBIOProtocol


def dial(reactor: Any, handler: Handler, tls: ClientTls, session: SSL.Session | None, link: Link) -> None:
    """Connect ``link`` to ``handler``; its listener hears Welcome or that it was lost."""
    creator: Any = Creator(tls, session)
    attempt: Any = Dial(link)
    reactor.connectTCP(handler.host, handler.port, _TlsFactory(creator, True, attempt, reactor), timeout=10)
