"""Sends the worker's replies through the default exchange, without waiting: a reply that is lost is asked for again."""

from collections.abc import Callable
from typing import Any

import pika

from broker import topology
from broker.amqp_thread import AmqpThread, Lost


class ReplySender:
    """Everything but `dropped` is for the thread of its connection.

    The connection is its own: short of memory, RabbitMQ stops reading from those who publish, and would then not see
    the acknowledgements that empty its queues.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._channel: Any = None
        self._blocked = False

    def connect(self, thread: AmqpThread, parameters: Any, on_lost: Lost) -> None:
        """Open the connection and its channel; raises BusUnavailable."""
        thread.connect(parameters, self._prepare, on_lost)

    def send(self, address: str, body: bytes, correlation_id: str) -> None:
        """Publish a reply, or drop and count it when nobody may or can receive it."""
        if self._blocked or not self._channel.is_open or not topology.may_be_answered(address):
            self._drop()
            return
        properties = pika.BasicProperties(correlation_id=correlation_id or None, delivery_mode=1)
        self._channel.basic_publish("", address, body, properties, mandatory=True)

    def _prepare(self, connection: Any, ready: Callable[[], None], lost: Lost) -> None:
        def opened(channel: Any) -> None:
            self._channel = channel
            channel.add_on_close_callback(lambda _channel, reason: lost(str(reason)))
            channel.add_on_return_callback(self._drop)
            ready()

        self._blocked = False
        connection.add_on_connection_blocked_callback(lambda *_frame: self._block(True))
        connection.add_on_connection_unblocked_callback(lambda *_frame: self._block(False))
        connection.channel(on_open_callback=opened)

    def _block(self, blocked: bool) -> None:
        self._blocked = blocked

    def _drop(self, *_returned: Any) -> None:
        self.dropped += 1
