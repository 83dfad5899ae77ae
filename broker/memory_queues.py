"""Two bounded queues, addresses for replies and a list of dead letters, in memory and thread-safe."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import count
from typing import NamedTuple

from msgspec import structs

from broker.bus import Delivery, NotConfirmed, Source
from broker.topology import QueueLimits

Reader = Callable[[bytes, str], None]
"""Gets the body and the correlation id of a reply, on the thread of whoever replies."""


class Message(NamedTuple):
    """What is published."""

    source: Source
    body: bytes
    user: str
    reply_to: str
    correlation_id: str = ""


class MemoryQueues:
    """The state of the in-process broker."""

    def __init__(self, limits: QueueLimits) -> None:
        self._limits = limits
        self._changed = threading.Condition()
        self._queues: dict[Source, deque[Delivery]] = {"orders": deque(), "commands": deque()}
        self._bytes: dict[Source, int] = {"orders": 0, "commands": 0}
        self._tags = count(1)
        self._readers: dict[str, Reader] = {}
        self._refused: list[Callable[[], object]] = []
        self.dead: list[Delivery] = []

    def publish(self, message: Message, when_room: Callable[[], object] | None = None) -> None:
        """Put a message at the end of its queue.

        When that is full: raises NotConfirmed and later calls `when_room` once, on the taker's thread.
        """
        source, size = message.source, len(message.body)
        with self._changed:
            queue, limits = self._queues[source], self._limits
            if len(queue) >= limits.messages or self._bytes[source] + size > limits.bytes:
                self._refused += [when_room] if when_room else []
                raise NotConfirmed("the queue is full")
            queue.append(Delivery(*message, 1, next(self._tags)))
            self._bytes[source] += size
            self._changed.notify()

    def take(self, limit: int, wait_s: float, is_closed: Callable[[], bool]) -> list[Delivery]:
        """Deliveries from both queues, orders first; empty after the wait or when closed."""
        with self._changed:
            self._changed.wait_for(lambda: is_closed() or any(self._queues.values()), wait_s)
            taken = [] if is_closed() else self._take(limit)
            refused = self._refused if taken else []
            self._refused = [] if taken else self._refused
        for tell_room in refused:
            tell_room()
        return taken

    def give_back(self, deliveries: Sequence[Delivery]) -> None:
        """Put unacknowledged deliveries back at the head of their queues, in their old order."""
        with self._changed:
            for delivery in sorted(deliveries, key=lambda each: each.tag, reverse=True):
                if delivery.deliveries > self._limits.deliveries:
                    self.dead.append(delivery)
                    continue
                again = structs.replace(delivery, deliveries=delivery.deliveries + 1)
                self._queues[delivery.source].appendleft(again)
                self._bytes[delivery.source] += len(delivery.body)
            self._changed.notify_all()

    def wake(self) -> None:
        """Let those who wait in `take` look whether they were closed."""
        with self._changed:
            self._changed.notify_all()

    def read_replies(self, address: str, reader: Reader | None) -> None:
        """Replies to this address go to the reader from now on, or to nobody."""
        with self._changed:
            if reader is None:
                self._readers.pop(address, None)
            else:
                self._readers[address] = reader

    def reply(self, address: str, body: bytes, correlation_id: str) -> bool:
        """Hand over a reply; False when nobody reads there."""
        with self._changed:
            reader = self._readers.get(address)
        if reader is None:
            return False
        reader(body, correlation_id)
        return True

    def _take(self, limit: int) -> list[Delivery]:
        taken: list[Delivery] = []
        for source, queue in self._queues.items():
            while queue and len(taken) < limit:
                taken.append(queue.popleft())
                self._bytes[source] -= len(taken[-1].body)
        return taken
