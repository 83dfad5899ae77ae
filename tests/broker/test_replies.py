"""Replies from the worker to the frontends: the same rules on RabbitMQ and in one process."""

import time

from broker.bus import WorkerBus
from broker.messages import Cut, Reply, WakeHints, decode_reply, encode
from tests.broker.places import Place
from tests.broker.reactor_thread import PATIENCE_S


def test_a_reply_reaches_the_frontend_that_asked_and_no_other(place: Place) -> None:
    asked, other, worker = place.frontend("fe1"), place.frontend("fe2"), place.worker()
    asked.send(b"question")
    [delivery] = worker.take(1, PATIENCE_S)

    worker.reply(delivery.reply_to, b"answer")
    worker.reply(other.bus.reply_queue, b"something else")

    assert asked.reply() == b"answer"
    assert other.reply() == b"something else"


def test_replies_keep_their_order(place: Place) -> None:
    frontend, worker = place.frontend(), place.worker()
    sent = [b"%d" % number for number in range(200)]

    for body in sent:
        worker.reply(frontend.bus.reply_queue, body)

    assert [frontend.reply() for _ in sent] == sent


def test_a_reply_to_a_vanished_frontend_is_dropped_and_counted(place: Place) -> None:
    frontend, worker = place.frontend(), place.worker()
    address = frontend.bus.reply_queue
    frontend.stop()

    worker.reply(address, b"nobody there")

    assert dropped_replies(worker, 1) == 1


def test_a_reply_goes_to_reply_queues_only(place: Place) -> None:
    worker = place.worker()

    worker.reply("muster.commands", b"would come back as a command")
    worker.reply("", b"nowhere")

    assert dropped_replies(worker, 2) == 2
    assert worker.take(1, 0.1) == []


def dropped_replies(worker: WorkerBus, number: int) -> int:
    """The count, once it has reached that number."""
    deadline = time.monotonic() + PATIENCE_S
    while worker.dropped_replies < number and time.monotonic() < deadline:
        time.sleep(0.01)
    return worker.dropped_replies


def test_cuts_and_hints_reach_a_frontend_that_asked_nothing_and_in_order(place: Place) -> None:
    frontend, worker = place.frontend(), place.worker()
    told: list[Reply] = [Cut([b"k" * 32]), WakeHints([b"k" * 32, b"l" * 32]), Cut([])]

    for message in told:
        worker.reply(frontend.bus.reply_queue, encode(message))

    assert [decode_reply(frontend.reply()) for _ in told] == told
