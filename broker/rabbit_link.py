"""One connection of a frontend to RabbitMQ on Twisted's reactor, over pika's adapter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pika.adapters.twisted_connection import TwistedProtocolConnection
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.protocol import Factory
from twisted.internet.ssl import Certificate, optionsForClientTLS, platformTrust, trustRootFromCertificates
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure

from broker.address import BrokerAddress

LINGER_S = 3.0


async def connected(address: BrokerAddress, reactor: Any) -> Link:
    """A link over TCP, or TLS when the URL asks for it; AMQP has yet to begin."""
    link = Link(address.parameters(f"frontend {address.user}"), reactor)
    factory: Any = Factory.forProtocol(lambda: link)
    if address.tls:
        options = optionsForClientTLS(address.host, trustRoot=_trust(address.cafile))
        factory = TLSMemoryBIOFactory(options, True, factory, clock=reactor)
    await HostnameEndpoint(reactor, address.host.encode(), address.port, timeout=10).connect(factory)
    return link


class Link(TwistedProtocolConnection):
    """Gives what the adapter lacks: plain pika channels, blocked and unblocked, and a close that ends.

    The adapter's own channel counts a returned message as taken now and then (see broker.confirms), and it waits
    for ever for a dead peer to take the last bytes.
    """

    def __init__(self, parameters: Any, reactor: Any) -> None:
        super().__init__(parameters, custom_reactor=reactor)
        self.gone: Deferred[None] = Deferred()
        self._reactor = reactor
        self._opening: Deferred[Any] = Deferred()
        self._aborting: Any = None
        # The adapter's own callback keeps the reason (wrong password, no such virtual host) to itself.
        self._impl.add_on_open_error_callback(lambda _impl, error: self._refused(error), remove_default=True)

    def makeConnection(self, transport: Any) -> None:  # noqa: N802
        """Twisted: the TCP (or TLS) connection is there."""
        transport.setTcpNoDelay(True)
        super().makeConnection(transport)

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802
        """Twisted: the connection is gone."""
        super().connectionLost(reason)
        if self._aborting is not None:
            self._aborting.cancel()
        self._refused(reason.value or ConnectionError())
        self.gone.callback(None)

    def opened(self) -> Deferred[Any]:
        """Fires with an open pika channel; fails when the broker does not want us. Ask once."""
        self.ready.addCallbacks(
            lambda _self: self._impl.channel(on_open_callback=self._opening.callback),
            lambda failure: self._refused(failure.value),
        )
        return self._opening

    def on_blocked(self, tell: Callable[[bool], None]) -> None:
        """Tell when the broker stops reading from us for lack of memory or disk, and when it goes on."""
        self._impl.add_on_connection_blocked_callback(lambda *_frame: tell(True))
        self._impl.add_on_connection_unblocked_callback(lambda *_frame: tell(False))

    def end(self) -> Deferred[None]:
        """Close as AMQP wants it, and at once if that takes too long; fires when the connection is gone."""
        if not self.gone.called:
            if self.is_open:
                self.close()
                self._aborting = self._reactor.callLater(LINGER_S, self._abort)
            else:
                self.transport.abortConnection()
        return self.gone

    def _refused(self, error: BaseException) -> None:
        if not self._opening.called:
            self._opening.errback(error)

    def _abort(self) -> None:
        self._aborting = None
        self.transport.abortConnection()


def _trust(cafile: str | None) -> Any:
    if cafile is None:
        return platformTrust()  # type: ignore[no-untyped-call]
    authority = Certificate.loadPEM(Path(cafile).read_bytes())
    return trustRootFromCertificates([authority])  # type: ignore[no-untyped-call]
