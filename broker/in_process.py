"""The broker without a broker: the same verbs in one process, for a single machine and for tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from itertools import count

from twisted.internet import defer

from broker import topology
from broker.bus import BusLost, BusUnavailable, Delivery, NoAnswer, NotConfirmed
from broker.memory_queues import MemoryQueues, Message
from broker.pressure import Pressure, Reason
from broker.topology import QueueLimits

_CallFromThread = Callable[[Callable[[], None]], object]


class InProcessBroker:
    """What RabbitMQ is to several processes: makes the three sides of the bus over the same queues."""

    def __init__(self, limits: QueueLimits | None = None) -> None:
        self._queues = MemoryQueues(limits or QueueLimits())

    @property
    def dead(self) -> list[Delivery]:
        """What was set aside, oldest first."""
        return self._queues.dead

    def frontend_bus(self, handler: str, call_from_thread: _CallFromThread) -> InProcessFrontendBus:
        """A frontend's side; its callbacks run through `call_from_thread`."""
        return InProcessFrontendBus(self._queues, handler, call_from_thread)

    def worker_bus(self) -> InProcessWorkerBus:
        """The worker's side."""
        return InProcessWorkerBus(self._queues)

    def order_bus(self, user: str = "console") -> InProcessOrderBus:
        """The console's side."""
        return InProcessOrderBus(self._queues, user)


class InProcessFrontendBus:
    """See broker.bus.FrontendBus."""

    def __init__(self, queues: MemoryQueues, handler: str, call_from_thread: _CallFromThread) -> None:
        self.handler = handler
        self.reply_queue = topology.reply_queue(handler)
        self._queues = queues
        self._call = call_from_thread
        self._pressure: Pressure | None = None

    def start(self, on_reply: Callable[[bytes], None], on_pressure: Callable[[bool], None]) -> None:
        """Begin to read replies; there is nothing to connect to."""
        self._queues.read_replies(self.reply_queue, lambda body, _id: self._hand_over(on_reply, body))
        self._pressure = Pressure(on_pressure)
        self._pressure.remove(Reason.DISCONNECTED)

    def send(self, body: bytes) -> defer.Deferred[None]:
        """Queue a command; confirmed or refused before this returns."""
        if self._pressure is None:
            return defer.fail(NotConfirmed("not connected"))
        try:
            message = Message("commands", body, self.handler, self.reply_queue)
            self._queues.publish(message, when_room=lambda: self._call(self._room_again))
        except NotConfirmed as refused:
            self._pressure.add(Reason.REFUSED)
            return defer.fail(refused)
        return defer.succeed(None)

    def stop(self) -> defer.Deferred[None]:
        """Read no more replies, confirm nothing more."""
        self._queues.read_replies(self.reply_queue, None)
        self._pressure = None
        return defer.succeed(None)

    def _hand_over(self, on_reply: Callable[[bytes], None], body: bytes) -> None:
        self._call(lambda: on_reply(body) if self._pressure is not None else None)

    def _room_again(self) -> None:
        if self._pressure is not None:
            self._pressure.remove(Reason.REFUSED)


class InProcessWorkerBus:
    """See broker.bus.WorkerBus."""

    def __init__(self, queues: MemoryQueues) -> None:
        self.dropped_replies = 0
        self._queues = queues
        self._closed = True
        self._unsettled: dict[int, Delivery] = {}

    def open(self) -> None:
        """Begin to take."""
        self._closed = False

    def take(self, limit: int, wait_s: float) -> list[Delivery]:
        """What is there, at most `limit`, after at most `wait_s`; raises BusLost once closed."""
        taken = [] if self._closed else self._queues.take(limit, wait_s, lambda: self._closed)
        if self._closed:
            self._queues.give_back(taken)
            raise BusLost("closed")
        self._unsettled.update((delivery.tag, delivery) for delivery in taken)
        return taken

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """These are done for good."""
        for delivery in deliveries:
            self._unsettled.pop(delivery.tag, None)

    def dead_letter(self, delivery: Delivery) -> None:
        """Set this one aside."""
        if self._unsettled.pop(delivery.tag, None) is not None:
            self._queues.dead.append(delivery)

    def reply(self, address: str, body: bytes, correlation_id: str = "") -> None:
        """Hand the reply to whoever reads there, else drop and count it."""
        if not (topology.may_be_answered(address) and self._queues.reply(address, body, correlation_id)):
            self.dropped_replies += 1

    def close(self) -> None:
        """Give back what was not acknowledged; a waiting `take` ends with BusLost."""
        self._closed = True
        self._queues.wake()
        self._queues.give_back(list(self._unsettled.values()))
        self._unsettled.clear()


class InProcessOrderBus:
    """See broker.bus.OrderBus."""

    def __init__(self, queues: MemoryQueues, user: str) -> None:
        self._queues = queues
        self._user = user
        self._queue = topology.console_queue()
        self._ids = count(1)
        self._pending: dict[str, Future[bytes]] = {}
        queues.read_replies(self._queue, self._answered)

    def order(self, body: bytes, timeout_s: float) -> bytes:
        """Send an order and wait for its reply."""
        correlation_id = str(next(self._ids))
        answer = self._pending[correlation_id] = Future()
        try:
            self._queues.publish(Message("orders", body, self._user, self._queue, correlation_id))
            return answer.result(timeout_s)
        except NotConfirmed as refused:
            raise BusUnavailable(str(refused)) from refused
        except TimeoutError as late:
            raise NoAnswer from late
        finally:
            del self._pending[correlation_id]

    def close(self) -> None:
        """Read no more replies."""
        self._queues.read_replies(self._queue, None)

    def _answered(self, body: bytes, correlation_id: str) -> None:
        answer = self._pending.get(correlation_id)
        if answer is not None and not answer.done():
            answer.set_result(body)
