"""Commands from frontends to the worker: the same rules on RabbitMQ and in one process."""

import pytest

from broker.bus import BusLost, Delivery, NotConfirmed, WorkerBus
from broker.topology import QueueLimits
from tests.broker.conftest import MakePlace
from tests.broker.driven_frontend import DrivenFrontend
from tests.broker.places import Place
from tests.broker.reactor_thread import PATIENCE_S


def test_commands_arrive_in_the_order_they_were_sent(place: Place) -> None:
    frontend, worker = place.frontend(), place.worker()
    sent = [b"%d" % number for number in range(300)]

    futures = [frontend.begin_to_send(body) for body in sent]

    assert [delivery.body for delivery in take_for_good(worker, 300)] == sent
    assert [future.result(PATIENCE_S) for future in futures] == [None] * 300


def test_a_delivery_names_its_user_and_where_to_answer(place: Place) -> None:
    frontend, worker = place.frontend("fe2"), place.worker()

    frontend.send(b"command")

    [delivery] = take(worker, 1)
    assert (delivery.source, delivery.user, delivery.deliveries) == ("commands", "fe2", 1)
    assert delivery.reply_to == frontend.bus.reply_queue
    assert delivery.reply_to.startswith("muster.reply.fe2.")


def test_what_a_worker_did_not_acknowledge_is_delivered_again_in_order(place: Place) -> None:
    frontend, worker = place.frontend(), place.worker()
    for body in (b"1", b"2", b"3"):
        frontend.send(body)
    take(worker, 3)

    worker.close()

    again = take(place.worker(), 3)
    assert [(delivery.body, delivery.deliveries) for delivery in again] == [(b"1", 2), (b"2", 2), (b"3", 2)]


def test_only_what_was_acknowledged_stays_away(place: Place) -> None:
    frontend, worker = place.frontend(), place.worker()
    for number in range(10):
        frontend.send(b"%d" % number)
    taken = take(worker, 10)

    worker.acknowledge(taken[:5])
    worker.acknowledge([taken[7]])
    worker.close()

    again = take(place.worker(), 4)
    assert [delivery.body for delivery in again] == [b"5", b"6", b"8", b"9"]


def test_what_is_set_aside_is_not_delivered_again(place: Place) -> None:
    frontend, worker = place.frontend(), place.worker()
    for body in (b"good", b"garbage", b"good too"):
        frontend.send(body)
    taken = take(worker, 3)

    worker.dead_letter(taken[1])
    worker.acknowledge([taken[0], taken[2]])
    worker.close()

    assert place.dead() == [b"garbage"]
    assert place.worker().take(10, 0.2) == []


def test_a_message_that_fails_too_often_is_set_aside(make_place: MakePlace) -> None:
    place = make_place(QueueLimits(deliveries=2))
    place.frontend().send(b"kills its worker")

    for expected in (1, 2, 3):
        worker = place.worker()
        [delivery] = take(worker, 1)
        assert delivery.deliveries == expected
        worker.close()

    assert place.worker().take(1, 0.2) == []
    assert place.dead() == [b"kills its worker"]


def test_a_full_queue_refuses_and_presses_until_there_is_room(make_place: MakePlace) -> None:
    place = make_place(QueueLimits(messages=5))
    frontend = place.frontend()

    with pytest.raises(NotConfirmed):
        send_many(frontend, 50)
    frontend.wait_for_pressure(True)
    worker = place.worker()
    take_for_good(worker, 5)

    frontend.wait_for_pressure(False)
    frontend.send(b"room again")
    while b"room again" not in [delivery.body for delivery in take_for_good(worker, 1)]:
        pass


def test_nothing_there_is_an_empty_list(place: Place) -> None:
    assert place.worker().take(10, 0.01) == []


def test_a_closed_bus_says_so(place: Place) -> None:
    worker = place.worker()

    worker.close()

    with pytest.raises(BusLost):
        worker.take(1, PATIENCE_S)


def test_acknowledging_after_a_loss_does_nothing(place: Place) -> None:
    frontend, worker = place.frontend(), place.worker()
    frontend.send(b"1")
    taken = take(worker, 1)
    worker.close()
    worker.open()

    worker.acknowledge(taken)
    worker.close()

    assert [delivery.body for delivery in take(place.worker(), 1)] == [b"1"]


def test_a_stopped_frontend_confirms_nothing(place: Place) -> None:
    frontend = place.frontend()
    frontend.stop()

    with pytest.raises(NotConfirmed):
        frontend.send(b"too late")


def take(worker: WorkerBus, number: int) -> list[Delivery]:
    """Take until that many are there."""
    taken: list[Delivery] = []
    while len(taken) < number:
        more = worker.take(number - len(taken), PATIENCE_S)
        assert more, f"only {len(taken)} of {number} came"
        taken += more
    return taken


def take_for_good(worker: WorkerBus, number: int) -> list[Delivery]:
    """Take and acknowledge until that many were there."""
    taken: list[Delivery] = []
    while len(taken) < number:
        more = take(worker, 1) + worker.take(number, 0)
        worker.acknowledge(more)
        taken += more
    return taken


def send_many(frontend: DrivenFrontend, number: int) -> None:
    for _ in range(number):
        frontend.send(b"x")
