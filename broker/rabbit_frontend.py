"""A frontend's side of RabbitMQ on Twisted's reactor; connects again by itself, for ever."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.internet.task import deferLater

from broker import topology
from broker.address import BrokerAddress
from broker.bus import BusUnavailable, NotConfirmed
from broker.client_channel import ClientChannel, Route
from broker.pressure import Pressure, Reason
from broker.rabbit_link import Link, connected

LOG = logging.getLogger("muster.broker")

MAX_UNCONFIRMED = 500
"""At this many unconfirmed messages the frontend is asked to stop reading; it goes on at half of it."""
REFUSE_UNCONFIRMED = 2 * MAX_UNCONFIRMED
"""A frontend that does not stop is refused from here on."""
OPEN_S = 15.0
RETRY_S = 0.5
RETRY_MAX_S = 5.0
REFUSED_S = 0.5


class RabbitFrontendBus:
    """See broker.bus.FrontendBus. `jitter` gives numbers in [0, 1)."""

    def __init__(self, reactor: Any, url: str, jitter: Callable[[], float] = random.random) -> None:
        self._address = BrokerAddress(url)
        self.handler = self._address.user
        self.reply_queue = topology.reply_queue(self.handler)
        self._reactor = reactor
        self._jitter = jitter
        self._client: ClientChannel | None = None
        self._running: Deferred[None] = succeed(None)
        self._relief: Any = None
        self._on_reply: Callable[[bytes], None] = _ignore
        self._pressure = Pressure(_ignore)

    def start(self, on_reply: Callable[[bytes], None], on_pressure: Callable[[bool], None]) -> None:
        """Begin to connect; `on_pressure(False)` follows when commands can be sent."""
        self._on_reply = on_reply
        self._pressure = Pressure(on_pressure)
        self._running = Deferred.fromCoroutine(self._keep_connected())

    def send(self, body: bytes) -> Deferred[None]:
        """Publish a command; fires when the broker has it safe."""
        client = self._client
        if client is None:
            return fail(NotConfirmed("not connected"))
        if client.unconfirmed >= REFUSE_UNCONFIRMED:
            return fail(NotConfirmed("too many messages without confirmation"))
        sent: Deferred[None] = Deferred()
        client.publish(body, lambda refused: self._settled(client, sent, refused))
        if client.unconfirmed >= MAX_UNCONFIRMED:
            self._pressure.add(Reason.UNCONFIRMED)
        return sent

    def stop(self) -> Deferred[None]:
        """Disconnect; what was not confirmed fails."""
        self._running.cancel()
        return self._running

    async def _keep_connected(self) -> None:
        failures = 0
        try:
            while True:
                try:
                    failures, why = 0, await self._serve_one_connection()
                except CancelledError:
                    raise
                except Exception as error:
                    failures, why = failures + 1, str(error) or type(error).__name__
                await self._pause(failures, why)
        except CancelledError:
            self._calm_down()

    async def _pause(self, failures: int, why: str) -> None:
        delay_s = min(RETRY_S * 1.6**failures, RETRY_MAX_S) * (0.5 + self._jitter())
        LOG.warning("no RabbitMQ at %s (%s), next attempt in %.1f s", self._address, why, delay_s)
        await deferLater(self._reactor, delay_s)

    async def _serve_one_connection(self) -> str:
        """Connect, serve until the connection is lost and say why it was; raises why there never was one."""
        link = await connected(self._address, self._reactor)
        lost: Deferred[str] = Deferred()
        try:
            opening = Deferred.fromCoroutine(self._open(link, lost))
            self._online(link, await opening.addTimeout(OPEN_S, self._reactor))
            return await lost
        finally:
            self._offline()
            await link.end()

    async def _open(self, link: Link, lost: Deferred[str]) -> ClientChannel:
        """A channel ready for commands; `lost` fires with the reason when it is gone."""
        ready: Deferred[None] = Deferred()

        def gone(reason: str) -> None:
            if ready.called:
                lost.callback(reason)
            else:
                ready.errback(BusUnavailable(reason))

        self.reply_queue = topology.reply_queue(self.handler)
        route = Route(topology.COMMANDS, topology.COMMANDS_KEY, self.handler, self.reply_queue)
        client = ClientChannel(await link.opened(), route, self._reply, gone)
        client.prepare(lambda: ready.callback(None))
        await ready
        return client

    def _online(self, link: Link, client: ClientChannel) -> None:
        LOG.info("connected to RabbitMQ at %s", self._address)
        self._client = client
        link.on_blocked(self._blocked)
        self._pressure.remove(Reason.DISCONNECTED)

    def _offline(self) -> None:
        self._client = None
        self._pressure.add(Reason.DISCONNECTED)
        self._pressure.remove(Reason.BLOCKED)

    def _blocked(self, blocked: bool) -> None:
        (self._pressure.add if blocked else self._pressure.remove)(Reason.BLOCKED)

    def _reply(self, body: bytes, _correlation_id: str) -> None:
        try:
            self._on_reply(body)
        except Exception:
            # It would end the connection, and every other reply with it.
            LOG.exception("a reply could not be handled")

    def _settled(self, client: ClientChannel, sent: Deferred[None], refused: NotConfirmed | None) -> None:
        if client.unconfirmed <= MAX_UNCONFIRMED // 2:
            self._pressure.remove(Reason.UNCONFIRMED)
        if refused is None:
            sent.callback(None)
            return
        if self._client is not None:
            self._hold_back()
        sent.errback(refused)

    def _hold_back(self) -> None:
        """The broker refused a message: give it a moment."""
        self._pressure.add(Reason.REFUSED)
        if self._relief is None:
            self._relief = self._reactor.callLater(REFUSED_S * (0.5 + self._jitter()), self._relieved)

    def _relieved(self) -> None:
        self._relief = None
        self._pressure.remove(Reason.REFUSED)

    def _calm_down(self) -> None:
        if self._relief is not None:
            self._relief.cancel()
            self._relief = None


def _ignore(_anything: object) -> None:
    """Before start there is nobody to tell."""
