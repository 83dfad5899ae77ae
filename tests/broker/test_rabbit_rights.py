"""What RabbitMQ itself refuses to whoever took over a frontend or the console."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pika
import pytest
from pika.exceptions import ChannelClosedByBroker

from broker import topology
from tests.broker.places import Place, RabbitSides
from tests.broker.reactor_thread import PATIENCE_S

pytestmark = pytest.mark.services

ACCESS_REFUSED = 403
RESOURCE_LOCKED = 405
PRECONDITION_FAILED = 406

Attempt = Callable[[Any], object]


def publish(exchange: str, key: str, **properties: str) -> Attempt:
    return lambda channel: channel.basic_publish(exchange, key, b"x", pika.BasicProperties(**properties))


def consume(queue: str) -> Attempt:
    return lambda channel: channel.basic_consume(queue, lambda *_message: None)


def declare(queue: str) -> Attempt:
    return lambda channel: channel.queue_declare(queue)


def delete(queue: str) -> Attempt:
    return lambda channel: channel.queue_delete(queue)


@pytest.mark.parametrize(
    ("user", "attempt", "code"),
    [
        pytest.param("fe1", publish("muster.orders", "orders", user_id="fe1"), ACCESS_REFUSED, id="frontend orders"),
        pytest.param("fe1", publish("", "muster.orders"), ACCESS_REFUSED, id="frontend orders past the exchange"),
        pytest.param("fe1", publish("", "muster.reply.fe2.x"), ACCESS_REFUSED, id="frontend forges a reply"),
        pytest.param("fe1", publish("muster.dead", ""), ACCESS_REFUSED, id="frontend writes dead letters"),
        pytest.param(
            "fe1", publish("muster.commands", "p.00", user_id="fe2"), PRECONDITION_FAILED, id="frontend forges its name"
        ),
        pytest.param("fe1", consume("muster.commands"), ACCESS_REFUSED, id="frontend reads commands"),
        pytest.param("fe1", consume("muster.orders"), ACCESS_REFUSED, id="frontend reads orders"),
        pytest.param("fe1", declare("muster.reply.fe2.x"), ACCESS_REFUSED, id="frontend makes another's reply queue"),
        pytest.param("fe1", declare("muster.reply.fe1x"), ACCESS_REFUSED, id="a longer name is another's"),
        pytest.param("fe1", delete("muster.commands"), ACCESS_REFUSED, id="frontend deletes the command queue"),
        pytest.param("console", publish("muster.commands", "p.00"), ACCESS_REFUSED, id="console sends commands"),
        pytest.param("console", publish("", "muster.reply.fe1.x"), ACCESS_REFUSED, id="console forges a reply"),
        pytest.param("console", consume("muster.commands"), ACCESS_REFUSED, id="console reads commands"),
        pytest.param("worker", declare("muster.reply.fe1.x"), ACCESS_REFUSED, id="worker makes reply queues"),
    ],
)
def test_rights_end_where_the_task_ends(rabbit_sides: RabbitSides, user: str, attempt: Attempt, code: int) -> None:
    with channel_of(rabbit_sides, user) as channel, pytest.raises(ChannelClosedByBroker) as refused:
        attempt_and_wait(channel, attempt)

    assert refused.value.reply_code == code


def test_a_frontend_reads_no_other_frontends_replies(rabbit_sides: RabbitSides, rabbit_place: Place) -> None:
    victim = rabbit_place.frontend("fe2")

    with channel_of(rabbit_sides, "fe1") as channel, pytest.raises(ChannelClosedByBroker) as refused:
        attempt_and_wait(channel, consume(victim.bus.reply_queue))

    assert refused.value.reply_code == ACCESS_REFUSED


def test_a_second_process_of_the_same_frontend_cannot_read_its_replies(
    rabbit_sides: RabbitSides, rabbit_place: Place
) -> None:
    victim = rabbit_place.frontend("fe1")

    with channel_of(rabbit_sides, "fe1") as channel, pytest.raises(ChannelClosedByBroker) as refused:
        attempt_and_wait(channel, consume(victim.bus.reply_queue))

    assert refused.value.reply_code == RESOURCE_LOCKED


def test_a_command_may_not_have_its_answer_sent_to_another_frontend(
    rabbit_sides: RabbitSides, rabbit_place: Place
) -> None:
    worker, victim = rabbit_place.worker(), rabbit_place.frontend("fe2")

    with channel_of(rabbit_sides, "fe1") as channel:
        attempt = publish("muster.commands", "p.00", user_id="fe1", reply_to=victim.bus.reply_queue)
        attempt_and_wait(channel, attempt)

    [delivery] = worker.take(1, PATIENCE_S)
    assert (delivery.user, delivery.reply_to) == ("fe1", "")


def test_a_command_without_a_name_is_set_aside(rabbit_sides: RabbitSides, rabbit_place: Place) -> None:
    worker = rabbit_place.worker()

    with channel_of(rabbit_sides, "fe1") as channel:
        attempt_and_wait(channel, publish("muster.commands", "p.00"))

    assert worker.take(1, 0.3) == []
    assert rabbit_place.dead() == [b"x"]


def test_a_user_name_with_a_dot_gets_no_rights() -> None:
    with pytest.raises(topology.ForbiddenUserName):
        topology.frontend_rights("fe1.more")


@contextmanager
def channel_of(sides: RabbitSides, user: str) -> Iterator[Any]:
    """A plain channel with the credentials of this user."""
    with closing(pika.BlockingConnection(pika.URLParameters(sides.url(user)))) as connection:
        yield connection.channel()


def attempt_and_wait(channel: Any, attempt: Attempt) -> None:
    """Attempt it, then let a round trip pass so that the broker's refusal can arrive."""
    attempt(channel)
    channel.basic_qos(prefetch_count=1)
