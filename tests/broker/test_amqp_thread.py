"""The thread that keeps connections to RabbitMQ, facing somebody who is no RabbitMQ."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from broker.address import BrokerAddress
from broker.amqp_thread import AmqpThread
from broker.bus import BusUnavailable

NAME = "test-amqp"


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Accepts connections and never says a word."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


def test_a_silent_broker_is_unavailable_and_holds_up_nobody(silent_port: int) -> None:
    thread = AmqpThread(NAME, open_s=0.2, close_s=0.1)
    parameters = BrokerAddress(f"amqp://user:password@127.0.0.1:{silent_port}/vhost").parameters("test")

    with pytest.raises(BusUnavailable, match="not ready"):
        thread.connect(parameters, lambda _connection, ready, _lost: ready(), lambda _reason: None)
    thread.close()

    assert NAME not in [each.name for each in threading.enumerate()]


def test_a_broker_that_is_not_there_is_unavailable(silent_port: int) -> None:
    thread = AmqpThread(NAME)
    parameters = BrokerAddress("amqp://user:password@127.0.0.1:1/vhost").parameters("test")

    with pytest.raises(BusUnavailable, match="refused"):
        thread.connect(parameters, lambda _connection, ready, _lost: ready(), lambda _reason: None)
    thread.close()


def test_an_error_of_our_own_is_a_loss_and_not_a_silence() -> None:
    thread = AmqpThread(NAME)
    ended = threading.Event()

    thread.call(lambda: 1 / 0)
    thread.call(ended.set)
    thread.close()

    assert not ended.is_set()
    assert NAME not in [each.name for each in threading.enumerate()]
