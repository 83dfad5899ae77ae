"""RabbitMQ goes away, comes back, runs short of memory: nothing that was confirmed is lost."""

import threading
import time
from collections.abc import Callable
from contextlib import closing
from itertools import count
from typing import Any

import pika
import pytest
from twisted.internet.defer import Deferred, DeferredList

from broker.bus import BusLost, BusUnavailable, NoAnswer, NotConfirmed, WorkerBus
from broker.rabbit_frontend import REFUSE_UNCONFIRMED
from broker.rabbit_orders import RabbitOrderBus
from broker.rabbit_worker import RabbitWorkerBus
from broker.topology import QueueLimits
from services.rabbitmq import Rabbit
from tests.broker.driven_frontend import DrivenFrontend
from tests.broker.places import Place, RabbitSides
from tests.broker.reactor_thread import PATIENCE_S, ReactorThread

pytestmark = pytest.mark.services


class Load:
    """A frontend that sends and a worker that acknowledges, each in a thread, until told to stop."""

    def __init__(self, frontend: DrivenFrontend, worker: WorkerBus) -> None:
        self.confirmed: set[bytes] = set()
        self.received: set[bytes] = set()
        self._enough = threading.Event()
        self._threads = [
            threading.Thread(target=self._send, args=(frontend,)),
            threading.Thread(target=self._work, args=(worker,)),
        ]
        for thread in self._threads:
            thread.start()

    def wait_for_more(self, number: int) -> None:
        """Wait until that many more messages were confirmed."""
        goal, deadline = len(self.confirmed) + number, time.monotonic() + 3 * PATIENCE_S
        while len(self.confirmed) < goal:
            assert time.monotonic() < deadline, f"{goal - len(self.confirmed)} are missing"
            time.sleep(0.01)

    def finish(self) -> None:
        """Stop sending, wait until the worker found nothing more."""
        self._enough.set()
        for thread in self._threads:
            thread.join()

    def _send(self, frontend: DrivenFrontend) -> None:
        numbers = count()
        while not self._enough.is_set():
            bodies = [b"%d" % next(numbers) for _ in range(20)]
            for body, sent in [(body, frontend.begin_to_send(body)) for body in bodies]:
                if sent.exception(PATIENCE_S) is None:
                    self.confirmed.add(body)
            if frontend.pressed:
                time.sleep(0.05)

    def _work(self, worker: WorkerBus) -> None:
        quiet = False
        while not (quiet and self._enough.is_set()):
            try:
                deliveries = worker.take(50, 0.5)
                self.received.update(delivery.body for delivery in deliveries)
                worker.acknowledge(deliveries)
                quiet = not deliveries
            except BusLost:
                reopen(worker)


def reopen(worker: WorkerBus) -> None:
    deadline = time.monotonic() + 3 * PATIENCE_S
    while time.monotonic() < deadline:
        try:
            worker.open()
        except BusUnavailable:
            time.sleep(0.2)
        else:
            return
    raise AssertionError("the broker did not come back")


@pytest.mark.parametrize("how", ["in order", "power cut"])
def test_nothing_confirmed_is_lost_when_the_broker_restarts_under_load(
    rabbit_sides: RabbitSides, rabbit_place: Place, how: str
) -> None:
    rabbit = rabbit_sides.rabbit
    frontend, worker = rabbit_place.frontend(), rabbit_place.worker()
    load = Load(frontend, worker)
    # RabbitMQ 3.10 writes down a new quorum queue half a second late; cut off before, it never consumes again.
    time.sleep(2)
    load.wait_for_more(200)

    if how == "in order":
        rabbit.stop()
    else:
        rabbit.kill()
    frontend.wait_for_pressure(True)
    rabbit.start()
    frontend.wait_for_pressure(False)
    load.wait_for_more(200)
    load.finish()

    assert load.confirmed - load.received == set()


def test_a_frontend_has_a_new_reply_queue_after_a_loss(rabbit_sides: RabbitSides, rabbit_place: Place) -> None:
    frontend = rabbit_place.frontend()
    before = frontend.bus.reply_queue

    rabbit_sides.rabbit.close_connections(rabbit_sides.vhost)
    wait_until(lambda: frontend.pressures[-2:] == [True, False] and frontend.bus.reply_queue != before)

    worker = rabbit_place.worker()
    worker.reply(frontend.bus.reply_queue, b"found you")
    assert frontend.reply() == b"found you"


def test_a_worker_learns_that_it_lost_the_broker(rabbit_sides: RabbitSides, rabbit_place: Place) -> None:
    frontend, worker = rabbit_place.frontend(), rabbit_place.worker()

    rabbit_sides.rabbit.close_connections(rabbit_sides.vhost)
    with pytest.raises(BusLost):
        worker.take(1, PATIENCE_S)

    worker.open()
    frontend.wait_for_pressure(False)
    wait_until(lambda: confirmed(frontend, b"after the loss"))
    assert worker.take(1, PATIENCE_S)[0].body == b"after the loss"


def test_a_console_connects_again_for_its_next_order(rabbit_sides: RabbitSides, rabbit_place: Place) -> None:
    orders = rabbit_place.orders()
    with pytest.raises(NoAnswer):
        orders.order(b"first", 0.1)

    rabbit_sides.rabbit.close_connections(rabbit_sides.vhost)
    wait_until(lambda: raises_no_answer(lambda: orders.order(b"second", 0.1)))

    bodies = [delivery.body for delivery in rabbit_place.worker().take(2, PATIENCE_S)]
    assert bodies[0] == b"first"


def test_a_broker_short_of_memory_presses_and_confirms_later(rabbit_sides: RabbitSides, rabbit_place: Place) -> None:
    frontend, worker = rabbit_place.frontend(), rabbit_place.worker()
    frontend.send(b"before")
    rabbit_sides.rabbit.block_publishers()

    sent = frontend.begin_to_send(b"during")
    frontend.wait_for_pressure(True)
    [before] = worker.take(1, PATIENCE_S)
    worker.acknowledge([before])
    rabbit_sides.rabbit.unblock_publishers()

    frontend.wait_for_pressure(False)
    assert sent.result(PATIENCE_S) is None
    assert worker.take(1, PATIENCE_S)[0].body == b"during"


def test_many_unconfirmed_messages_press_and_too_many_are_refused(
    rabbit_place: Place, reactor_thread: ReactorThread
) -> None:
    frontend = rabbit_place.frontend()

    # In one turn of the reactor no confirmation can come in between.
    sent = reactor_thread.run(lambda: gather([frontend.bus.send(b"x") for _ in range(REFUSE_UNCONFIRMED + 10)]))

    assert [taken for taken, _why in sent] == [True] * REFUSE_UNCONFIRMED + [False] * 10
    assert frontend.pressures == [False, True, False]


def test_a_message_that_no_queue_takes_is_not_confirmed(rabbit_sides: RabbitSides, rabbit_place: Place) -> None:
    frontend, worker = rabbit_place.frontend(), rabbit_place.worker()
    with closing(pika.BlockingConnection(pika.URLParameters(rabbit_sides.rabbit.admin_url(rabbit_sides.vhost)))) as it:
        it.channel().queue_delete("muster.commands")

    with pytest.raises(NotConfirmed, match="no queue"):
        frontend.send(b"unroutable")
    frontend.wait_for_pressure(True)
    with pytest.raises(BusLost):
        worker.take(1, PATIENCE_S)

    worker.open()
    frontend.wait_for_pressure(False)
    frontend.send(b"declared again")


def test_without_a_worker_there_has_never_been_a_frontend_waits(
    rabbitmq: Rabbit, reactor_thread: ReactorThread
) -> None:
    sides = RabbitSides(QueueLimits(), reactor_thread, rabbitmq)
    place = Place(sides, reactor_thread)
    frontend = DrivenFrontend(reactor_thread, sides.frontend("fe1"))
    frontend.start()

    worker = place.worker()

    frontend.wait_for_pressure(False)
    frontend.send(b"at last")
    assert [each.body for each in worker.take(1, PATIENCE_S)] == [b"at last"]
    frontend.stop()
    place.close()
    rabbitmq.drop_vhost(sides.vhost)


def test_a_broker_that_is_not_there_is_unavailable(rabbit_sides: RabbitSides) -> None:
    with pytest.raises(BusUnavailable):
        RabbitWorkerBus("amqp://worker:wrong@127.0.0.1:1/none").open()
    with pytest.raises(BusUnavailable):
        RabbitOrderBus(rabbit_sides.url("console").replace("only", "not")).order(b"x", 1)


def gather(sent: list[Deferred[None]]) -> Deferred[list[tuple[bool, Any]]]:
    """Fires with (succeeded, result or failure) of each."""
    return DeferredList(sent, consumeErrors=True)


def confirmed(frontend: DrivenFrontend, body: bytes) -> bool:
    try:
        frontend.send(body)
    except NotConfirmed:
        return False
    return True


def raises_no_answer(order: Callable[[], bytes]) -> bool:
    """The order went out (nobody answers here), rather than to a broker that was lost."""
    try:
        order()
    except NoAnswer:
        return True
    except BusUnavailable:
        return False
    return False


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
