"""The channel of a frontend or a console: publishes with confirms, reads the answers from its own exclusive queue."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pika

from broker import topology
from broker.bus import NotConfirmed
from broker.confirms import Confirms, Outcome


class Route(NamedTuple):
    """Where messages go, as whom, and where their answers come back."""

    exchange: str
    key: str
    user: str
    reply_queue: str


class ClientChannel:
    """Wraps an open pika channel; everything on the thread of its connection. `on_lost` is called once."""

    def __init__(
        self,
        channel: Any,
        route: Route,
        on_reply: Callable[[bytes, str], None],
        on_lost: Callable[[str], None],
    ) -> None:
        self._channel = channel
        self._route = route
        self._on_reply = on_reply
        self._on_lost = on_lost
        self._confirms = Confirms()
        self._lost = False

    @property
    def unconfirmed(self) -> int:
        """Messages published and not yet settled."""
        return len(self._confirms)

    def prepare(self, ready: Callable[[], None]) -> None:
        """Declare and consume the reply queue, ask for confirms, then call `ready`."""
        channel, route = self._channel, self._route
        channel.add_on_close_callback(lambda _channel, reason: self._gone(str(reason)))
        channel.add_on_cancel_callback(lambda _frame: self._gone("the reply queue was deleted"))
        channel.add_on_return_callback(self._returned)
        # A worker declares the exchange; without it a publish would close the channel with all that is under way.
        channel.exchange_declare(exchange=route.exchange, passive=True)
        topology.declare_reply_queue(channel, route.reply_queue)
        channel.confirm_delivery(self._settled)
        channel.basic_consume(
            route.reply_queue, self._received, auto_ack=True, exclusive=True, callback=lambda _frame: ready()
        )

    def publish(self, body: bytes, outcome: Outcome, correlation_id: str | None = None) -> None:
        """Publish a message; `outcome` is called when the broker took or refused it or the channel is lost."""
        if self._lost:
            outcome(NotConfirmed("not connected"))
            return
        route = self._route
        properties = pika.BasicProperties(
            user_id=route.user,
            reply_to=route.reply_queue,
            message_id=str(self._confirms.published(outcome)),
            correlation_id=correlation_id,
            delivery_mode=2,
        )
        self._channel.basic_publish(route.exchange, route.key, body, properties, mandatory=True)

    def _received(self, _channel: Any, _method: Any, properties: Any, body: bytes) -> None:
        self._on_reply(body, properties.correlation_id or "")

    def _settled(self, frame: Any) -> None:
        taken = isinstance(frame.method, pika.spec.Basic.Ack)
        self._confirms.settled(frame.method.delivery_tag, multiple=frame.method.multiple, taken=taken)

    def _returned(self, _channel: Any, _method: Any, properties: Any, _body: bytes) -> None:
        self._confirms.returned(int(properties.message_id))

    def _gone(self, reason: str) -> None:
        if not self._lost:
            self._lost = True
            # First the news that nothing more can be sent, then what became of the rest.
            self._on_lost(reason)
            self._confirms.lost(reason)
