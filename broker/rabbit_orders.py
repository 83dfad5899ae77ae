"""The console's side of RabbitMQ: one order out, one reply back, for many threads at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any
from uuid import uuid4

from broker import topology
from broker.address import BrokerAddress
from broker.amqp_thread import AmqpThread, Lost
from broker.bus import BusUnavailable, NoAnswer, NotConfirmed, OutcomeUnknown
from broker.client_channel import ClientChannel, Route


class RabbitOrderBus:
    """See broker.bus.OrderBus. Connects at the first order and again at the next one after a loss."""

    def __init__(self, url: str) -> None:
        self._address = BrokerAddress(url)
        self._connecting = threading.Lock()
        self._session: _Session | None = None

    def order(self, body: bytes, timeout_s: float) -> bytes:
        """Send an order and wait for its reply.

        BusUnavailable: it was certainly not taken. NoAnswer: it may have been; repeat it with the same command id.
        """
        return self._connected().order(body, timeout_s)

    def close(self) -> None:
        """Disconnect; orders under way end with NoAnswer."""
        with self._connecting:
            session, self._session = self._session, None
        if session is not None:
            session.close()

    def _connected(self) -> _Session:
        with self._connecting:
            if self._session is not None and self._session.lost:
                self._session.close()
                self._session = None
            if self._session is None:
                self._session = _Session(self._address)
            return self._session


class _Session:
    """One connection; raises BusUnavailable when it cannot be had."""

    def __init__(self, address: BrokerAddress) -> None:
        self.lost = False
        self._route = Route(topology.ORDERS, topology.ORDERS_KEY, address.user, topology.console_queue())
        self._waiting: dict[str, Future[bytes]] = {}
        self._channel: ClientChannel | None = None
        self._thread = AmqpThread("muster-order-bus")
        try:
            self._thread.connect(address.parameters("console"), self._prepare, self._lose)
        except BusUnavailable:
            self.close()
            raise

    def order(self, body: bytes, timeout_s: float) -> bytes:
        """Publish and wait."""
        correlation_id, answer = uuid4().hex, Future[bytes]()
        self._waiting[correlation_id] = answer
        try:
            self._thread.call(self._publish, body, correlation_id, answer)
            return answer.result(timeout_s)
        except TimeoutError as late:
            raise NoAnswer from late
        finally:
            del self._waiting[correlation_id]

    def close(self) -> None:
        """Disconnect and end the thread."""
        self._thread.close()

    # What follows runs on the connection's thread.

    def _prepare(self, connection: Any, ready: Callable[[], None], lost: Lost) -> None:
        def opened(channel: Any) -> None:
            self._channel = ClientChannel(channel, self._route, self._answered, lost)
            self._channel.prepare(ready)

        connection.channel(on_open_callback=opened)

    def _publish(self, body: bytes, correlation_id: str, answer: Future[bytes]) -> None:
        def outcome(refused: NotConfirmed | None) -> None:
            if refused is not None and not answer.done():
                unknown = isinstance(refused, OutcomeUnknown)
                answer.set_exception(NoAnswer() if unknown else BusUnavailable(str(refused)))

        assert self._channel is not None
        self._channel.publish(body, outcome, correlation_id)

    def _answered(self, body: bytes, correlation_id: str) -> None:
        answer = self._waiting.get(correlation_id)
        if answer is not None and not answer.done():
            answer.set_result(body)

    def _lose(self, _reason: str) -> None:
        self.lost = True
        for answer in list(self._waiting.values()):
            if not answer.done():
                answer.set_exception(NoAnswer())
