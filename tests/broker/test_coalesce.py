"""Many small items, few messages: at once when idle, together under load."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from broker.coalesce import MAX_BYTES, MAX_ITEMS, Coalescer, packed

APART_S = 0.025


class Line:
    """Items are their own size in bytes."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.sent: list[list[int]] = []
        self.coalescer: Coalescer[int] = Coalescer(self.sent.append, lambda size: size, self.clock, APART_S)

    def add(self, *items: int) -> None:
        for item in items:
            self.coalescer.add(item)


def test_an_item_goes_at_once_after_a_pause() -> None:
    line = Line()

    line.add(10)
    line.clock.advance(APART_S)
    line.add(20)

    assert line.sent == [[10], [20]]


def test_what_follows_shortly_goes_together_and_waits_no_longer_than_its_time() -> None:
    line = Line()
    line.add(1, 2, 3)

    line.clock.advance(APART_S)

    assert line.sent == [[1], [2, 3]]


def test_under_load_messages_keep_their_distance() -> None:
    line = Line()
    line.add(1, 2)
    line.clock.advance(APART_S)

    line.add(3)
    line.clock.advance(APART_S)

    assert line.sent == [[1], [2], [3]]


def test_a_pause_leaves_no_timer_behind() -> None:
    line = Line()
    line.add(1)

    line.clock.advance(APART_S)

    assert line.clock.getDelayedCalls() == []
    assert line.coalescer.idle


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
    line.clock.advance(APART_S)

    assert line.sent == [[1], [2]]
    assert line.coalescer.idle


SIZES = st.lists(st.integers(1, MAX_BYTES * 2), max_size=200)


@given(SIZES)
def test_packed_keeps_order_and_limits(sizes: list[int]) -> None:
    parcels = list(packed(sizes, lambda size: size))

    assert [size for parcel in parcels for size in parcel] == sizes
    assert all(parcel for parcel in parcels)
    assert all(len(parcel) == 1 or (len(parcel) <= MAX_ITEMS and sum(parcel) <= MAX_BYTES) for parcel in parcels)
