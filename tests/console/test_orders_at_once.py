"""While the worker is away orders wait, a few at a time; the rest are told at once that nothing was given."""

import random
import threading

import pytest

from broker.bus import BusUnavailable, NoAnswer
from console.orders import MOST_AT_ONCE, Orders, OutcomeUnknown
from domain.orders import NoteTokenUse


class SilentBus:
    """A bus whose worker is away: every order waits until it is let go, then nobody has answered."""

    def __init__(self) -> None:
        self.waiting = threading.Semaphore(0)
        self.let_go = threading.Event()

    def order(self, body: bytes, timeout_s: float) -> bytes:
        self.waiting.release()
        self.let_go.wait(20)
        raise NoAnswer

    def close(self) -> None:
        self.let_go.set()


def test_one_order_too_many_is_refused_at_once_and_not_given() -> None:
    bus, ended = SilentBus(), list[type[Exception]]()
    orders = Orders(bus, b"o" * 32, b"r" * 32, lambda: 0, random.randbytes)

    def give() -> None:
        with pytest.raises(OutcomeUnknown) as caught:
            orders.give(NoteTokenUse("t"), operator="olga", role="admin")
        ended.append(caught.type)

    threads = [threading.Thread(target=give) for _ in range(MOST_AT_ONCE)]
    for thread in threads:
        thread.start()
        assert bus.waiting.acquire(timeout=20)

    with pytest.raises(BusUnavailable, match="not given"):
        orders.give(NoteTokenUse("t"), operator="olga", role="admin")
    bus.let_go.set()
    for thread in threads:
        thread.join(20)

    assert ended == [OutcomeUnknown] * MOST_AT_ONCE
