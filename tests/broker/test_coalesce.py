"""Many small items, few messages: at once when idle, together under load."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from broker.coalesce import MAX_BYTES, MAX_ITEMS, MAX_WAIT_S, Coalescer, packed


class Line:
    """Items are their own size in bytes; messages wait for `confirm`."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.sent: list[list[int]] = []
        self.coalescer: Coalescer[int] = Coalescer(self._send, lambda size: size, self.clock)
        self._under_way: list[Deferred[None]] = []

    def add(self, *items: int) -> None:
        for item in items:
            self.coalescer.add(item)

    def confirm(self) -> None:
        self._under_way.pop(0).callback(None)

    def refuse(self) -> None:
        self._under_way.pop(0).errback(RuntimeError("refused"))

    def _send(self, items: list[int]) -> Deferred[None]:
        self.sent.append(items)
        self._under_way.append(Deferred())
        return self._under_way[-1]


def test_an_item_goes_at_once_when_nothing_is_under_way() -> None:
    line = Line()

    line.add(10)

    assert line.sent == [[10]]


def test_what_comes_meanwhile_goes_together_when_the_first_is_confirmed() -> None:
    line = Line()
    line.add(1, 2, 3)

    line.confirm()

    assert line.sent == [[1], [2, 3]]


def test_a_refusal_makes_room_as_well() -> None:
    line = Line()
    line.add(1, 2)

    line.refuse()

    assert line.sent == [[1], [2]]


def test_nothing_waits_longer_than_three_milliseconds() -> None:
    line = Line()
    line.add(1, 2, 3)

    line.clock.advance(MAX_WAIT_S)

    assert line.sent == [[1], [2, 3]]
    assert line.clock.getDelayedCalls() == []


def test_a_message_holds_so_many_items_and_no_more() -> None:
    line = Line()

    line.add(*[1] * (1 + MAX_ITEMS + 5))

    assert [len(items) for items in line.sent] == [1, MAX_ITEMS]


def test_a_message_holds_so_many_bytes_and_no_more() -> None:
    line, half = Line(), MAX_BYTES // 2
    line.add(1)

    line.add(half, half - 10, half)

    assert line.sent == [[1], [half, half - 10]]


def test_an_item_too_large_travels_alone_and_in_its_turn() -> None:
    line = Line()
    line.add(1)

    line.add(2, MAX_BYTES + 1, 3)

    assert line.sent == [[1], [2], [MAX_BYTES + 1]]


def test_flush_leaves_nothing_behind() -> None:
    line = Line()
    line.add(1, 2)

    line.coalescer.flush()
    line.confirm()
    line.confirm()

    assert line.sent == [[1], [2]]
    assert line.coalescer.idle


SIZES = st.lists(st.integers(1, MAX_BYTES * 2), max_size=200)


@given(SIZES)
def test_packed_keeps_order_and_limits(sizes: list[int]) -> None:
    parcels = list(packed(sizes, lambda size: size))

    assert [size for parcel in parcels for size in parcel] == sizes
    assert all(parcel for parcel in parcels)
    assert all(len(parcel) == 1 or (len(parcel) <= MAX_ITEMS and sum(parcel) <= MAX_BYTES) for parcel in parcels)
