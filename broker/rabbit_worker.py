"""The worker's side of RabbitMQ: its I/O in a thread of its own, deliveries handed over through a queue."""

from __future__ import annotations

import queue
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, NamedTuple

from broker import topology
from broker.address import BrokerAddress
from broker.amqp_thread import AmqpThread, Lost
from broker.bus import BusLost, BusUnavailable, Delivery, Source
from broker.reply_sender import ReplySender
from broker.topology import QueueLimits
from broker.unsettled import Unsettled

PREFETCH = 128
"""Messages handed out and not acknowledged: enough for the next batch beside the one being committed, and not more
than a dying worker may return at once."""
_QUEUES: dict[Source, str] = {"commands": topology.COMMANDS, "orders": topology.ORDERS}


class _Arrived(NamedTuple):
    source: Source
    method: Any
    properties: Any
    body: bytes


class RabbitWorkerBus:
    """See broker.bus.WorkerBus. After BusLost: wait a little, then `open` again."""

    def __init__(self, url: str, limits: QueueLimits | None = None, prefetch: int = PREFETCH) -> None:
        self.anonymous_refused = 0
        self._address = BrokerAddress(url)
        self._limits = limits or QueueLimits()
        self._prefetch = prefetch
        self._numbers = count(1)
        self._replies = ReplySender()
        self._thread: AmqpThread | None = None
        self._reset()
        self._lose("not open")

    @property
    def dropped_replies(self) -> int:
        """How many replies nobody could receive."""
        return self._replies.dropped

    def open(self) -> None:
        """Connect, declare the topology, begin to consume."""
        self.close()
        self._reset()
        self._thread = thread = AmqpThread("muster-worker-bus")
        try:
            self._replies.connect(thread, self._address.parameters("worker, replies"), self._lose)
            thread.connect(self._address.parameters("worker"), self._prepare, self._lose)
        except BusUnavailable:
            self.close()
            raise

    def take(self, limit: int, wait_s: float) -> list[Delivery]:
        """What is there, at most `limit`, after at most `wait_s`; raises BusLost."""
        taken: list[Delivery] = []
        try:
            while self._lost is None and len(taken) < limit:
                arrived = self._arrived.get_nowait() if taken else self._arrived.get(timeout=wait_s)
                if arrived is not None:
                    taken.append(self._delivery(arrived))
        except queue.Empty:
            pass
        if self._lost is not None:
            raise BusLost(self._lost)
        return taken

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """These are done for good."""
        settling = self._unsettled.settle(each.tag for each in deliveries)
        if settling.up_to is not None:
            self._on_channel("basic_ack", settling.up_to, True)
        for tag in settling.singly:
            self._on_channel("basic_ack", tag, False)

    def dead_letter(self, delivery: Delivery) -> None:
        """Set this one aside in `muster.dead`."""
        tag = self._unsettled.remove(delivery.tag)
        if tag is not None:
            self._on_channel("basic_reject", tag, False)

    def reply(self, address: str, body: bytes, correlation_id: str = "") -> None:
        """Send to a reply queue; what nobody can receive is dropped and counted."""
        if self._thread is not None:
            self._thread.call(self._replies.send, address, body, correlation_id)

    def close(self) -> None:
        """Disconnect; what was not acknowledged goes back to its queue."""
        if self._thread is not None:
            self._thread.close()
            self._thread = None
        self._lose("closed")

    def _reset(self) -> None:
        self._lost: str | None = None
        self._arrived: queue.SimpleQueue[_Arrived | None] = queue.SimpleQueue()
        self._unsettled = Unsettled()
        self._channel: Any = None

    def _delivery(self, arrived: _Arrived) -> Delivery:
        source, properties = arrived.source, arrived.properties
        user = _text(properties.user_id)
        number = next(self._numbers)
        self._unsettled.add(number, arrived.method.delivery_tag)
        reply_to = _text(properties.reply_to)
        return Delivery(
            source=source,
            body=arrived.body,
            user=user,
            reply_to=reply_to if topology.owns_queue(source, user, reply_to) else "",
            correlation_id=_text(properties.correlation_id),
            deliveries=_deliveries(arrived),
            tag=number,
        )

    def _on_channel(self, method: str, *arguments: Any) -> None:
        def call(channel: Any) -> None:
            if channel.is_open:
                getattr(channel, method)(*arguments)

        if self._thread is not None and self._channel is not None:
            self._thread.call(call, self._channel)

    # What follows runs on the connection's thread.

    def _prepare(self, connection: Any, ready: Callable[[], None], lost: Lost) -> None:
        def opened(channel: Any) -> None:
            self._channel = channel
            channel.add_on_close_callback(lambda _channel, reason: lost(str(reason)))
            channel.add_on_cancel_callback(lambda _frame: lost("a queue was deleted"))
            topology.declare(channel, self._limits)
            channel.basic_qos(prefetch_count=self._prefetch)
            self._consume("orders")
            self._consume("commands", lambda _frame: ready())

        connection.channel(on_open_callback=opened)

    def _consume(self, source: Source, callback: Callable[[Any], None] | None = None) -> None:
        def received(channel: Any, method: Any, properties: Any, body: bytes) -> None:
            if properties.user_id:
                self._arrived.put(_Arrived(source, method, properties, body))
            else:
                # RabbitMQ checks a user id only when there is one; who leaves it out hides who they are.
                self.anonymous_refused += 1
                channel.basic_reject(method.delivery_tag, requeue=False)

        self._channel.basic_consume(_QUEUES[source], received, callback=callback)

    def _lose(self, reason: str) -> None:
        self._lost = self._lost or reason
        self._arrived.put(None)


def _deliveries(arrived: _Arrived) -> int:
    """RabbitMQ up to 4.2 counts all returns in x-delivery-count, later versions the rest in x-acquired-count.

    A sender may write these headers too: they count only when the broker says that it delivered before.
    """
    headers = arrived.properties.headers
    if not arrived.method.redelivered or not isinstance(headers, dict):
        return 1 + int(arrived.method.redelivered)
    counts = [headers.get(name) for name in ("x-delivery-count", "x-acquired-count")]
    return 1 + max([count for count in counts if isinstance(count, int)], default=1)


def _text(value: object) -> str:
    """A property as text; pika gives bytes for what is not UTF-8, and nobody of ours sends that."""
    return value if isinstance(value, str) else ""
