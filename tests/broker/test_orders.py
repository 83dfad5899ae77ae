"""Orders from the console to the worker and back: the same rules on RabbitMQ and in one process."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest

from broker.bus import BusUnavailable, NoAnswer, OrderBus, WorkerBus
from broker.topology import QueueLimits
from tests.broker.conftest import MakePlace
from tests.broker.places import Place
from tests.broker.reactor_thread import PATIENCE_S


def test_an_order_comes_back_with_its_own_answer(place: Place) -> None:
    worker, orders = place.worker(), place.orders()

    with answering(worker), ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda body: orders.order(body, PATIENCE_S), [b"%d" % n for n in range(50)]))

    assert answers == [b"done: %d" % number for number in range(50)]


def test_orders_and_commands_are_told_apart(place: Place) -> None:
    frontend, worker, orders = place.frontend(), place.worker(), place.orders()
    frontend.send(b"a command")
    with pytest.raises(NoAnswer):
        orders.order(b"an order", 0.3)

    taken = {delivery.source: delivery for delivery in worker.take(1, PATIENCE_S) + worker.take(1, PATIENCE_S)}

    assert taken["commands"].body == b"a command"
    assert (taken["orders"].body, taken["orders"].user) == (b"an order", "console")
    assert taken["orders"].reply_to.startswith("muster.console.")


def test_an_order_that_nobody_answers_ends_in_time_and_stays_in_its_queue(place: Place) -> None:
    orders = place.orders()

    with pytest.raises(NoAnswer):
        orders.order(b"anybody?", 0.3)

    [delivery] = place.worker().take(1, PATIENCE_S)
    assert delivery.body == b"anybody?"


def test_a_late_answer_disturbs_nobody(place: Place) -> None:
    worker, orders = place.worker(), place.orders()
    with pytest.raises(NoAnswer):
        orders.order(b"slow", 0.2)
    [slow] = worker.take(1, PATIENCE_S)
    worker.reply(slow.reply_to, b"too late", slow.correlation_id)

    with answering(worker):
        answer = orders.order(b"next", PATIENCE_S)

    assert answer == b"done: next"


def test_a_full_queue_refuses_orders(make_place: MakePlace) -> None:
    orders = make_place(QueueLimits(messages=2)).orders()

    with pytest.raises(BusUnavailable):
        order_many(orders, 20)


def order_many(orders: OrderBus, number: int) -> None:
    for _ in range(number):
        with suppress(NoAnswer):
            orders.order(b"x", 0.05)


@contextmanager
def answering(worker: WorkerBus) -> Iterator[None]:
    """A worker that carries out every order."""
    enough = threading.Event()

    def work() -> None:
        while not enough.is_set():
            for delivery in worker.take(10, 0.05):
                worker.acknowledge([delivery])
                worker.reply(delivery.reply_to, b"done: " + delivery.body, delivery.correlation_id)

    thread = threading.Thread(target=work)
    thread.start()
    yield
    enough.set()
    thread.join()
