"""Puts many small items into one message: at once when nothing is under way, else by count, bytes or time.

The first item after a pause travels alone and without delay; those that come while it is under way share the next
message. That leaves when the one before is settled, the broker's confirm being the clock, or when it is full or old.
An idle fleet has no added latency, a busy one no message per package: each message costs the broker a write to disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

T = TypeVar("T")

MAX_ITEMS = 64
MAX_BYTES = 256 * 1024
MAX_WAIT_S = 0.012


class Coalescer(Generic[T]):
    """Collects items for `send`, which gets them in order and returns what fires when they are settled either way."""

    def __init__(self, send: Callable[[list[T]], Deferred[Any]], size: Callable[[T], int], clock: Any) -> None:
        """`clock` is an IReactorTime; `size` gives the bytes of an item."""
        self._send = send
        self._size = size
        self._clock = clock
        self._held: list[T] = []
        self._held_bytes = 0
        self._under_way = 0
        self._timer: Any = None

    @property
    def idle(self) -> bool:
        """Nothing held and nothing under way."""
        return not self._held and not self._under_way

    def add(self, item: T) -> None:
        """Take an item; it is sent now or within MAX_WAIT_S."""
        size = self._size(item)
        if self._held and self._held_bytes + size > MAX_BYTES:
            self.flush()
        self._held.append(item)
        self._held_bytes += size
        if not self._under_way or len(self._held) >= MAX_ITEMS or self._held_bytes >= MAX_BYTES:
            self.flush()
        elif self._timer is None:
            self._timer = self._clock.callLater(MAX_WAIT_S, self._waited)

    def flush(self) -> None:
        """Send what is held."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._held:
            return
        items, self._held, self._held_bytes = self._held, [], 0
        self._under_way += 1
        self._send(items).addBoth(self._settled)

    def _waited(self) -> None:
        self._timer = None
        self.flush()

    def _settled(self, _result: object) -> None:
        self._under_way -= 1
        if not self._under_way:
            self.flush()


def packed(items: Iterable[T], size: Callable[[T], int]) -> Iterator[list[T]]:
    """The same parcels for items that are all there already; one that is too large travels alone."""
    parcel: list[T] = []
    held_bytes = 0
    for item in items:
        item_bytes = size(item)
        if parcel and (len(parcel) >= MAX_ITEMS or held_bytes + item_bytes > MAX_BYTES):
            yield parcel
            parcel, held_bytes = [], 0
        parcel.append(item)
        held_bytes += item_bytes
    if parcel:
        yield parcel
