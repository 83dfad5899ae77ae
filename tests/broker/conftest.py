"""A reactor in a thread, and both brokers behind one fixture."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from broker.topology import QueueLimits
from services.rabbitmq import Rabbit
from tests.broker.places import Place, RabbitSides, TwinSides
from tests.broker.reactor_thread import ReactorThread

MakePlace = Callable[[QueueLimits], Place]


@pytest.fixture(scope="session")
def reactor_thread() -> Iterator[ReactorThread]:
    thread = ReactorThread()
    yield thread
    thread.stop()


@pytest.fixture(params=["in_process", pytest.param("rabbitmq", marks=pytest.mark.services)])
def make_place(request: pytest.FixtureRequest, reactor_thread: ReactorThread) -> Iterator[MakePlace]:
    """Every test with this fixture runs on both brokers."""
    with ExitStack() as stack:

        def make(limits: QueueLimits) -> Place:
            if request.param == "in_process":
                place = Place(TwinSides(limits, reactor_thread), reactor_thread)
            else:
                sides = RabbitSides(limits, reactor_thread, request.getfixturevalue("rabbitmq"))
                stack.callback(sides.rabbit.drop_vhost, sides.vhost)
                place = Place(sides, reactor_thread)
            stack.callback(place.close)
            place.worker().close()  # a first worker has declared the queues
            return place

        yield make


@pytest.fixture
def place(make_place: MakePlace) -> Place:
    """A broker with room enough."""
    return make_place(QueueLimits())


@pytest.fixture
def rabbit_sides(rabbitmq: Rabbit, reactor_thread: ReactorThread) -> Iterator[RabbitSides]:
    """RabbitMQ alone, for what the twin has not: users, rights, restarts."""
    sides = RabbitSides(QueueLimits(), reactor_thread, rabbitmq)
    worker = sides.worker()
    worker.open()
    worker.close()
    yield sides
    rabbitmq.drop_vhost(sides.vhost)


@pytest.fixture
def rabbit_place(rabbit_sides: RabbitSides, reactor_thread: ReactorThread) -> Iterator[Place]:
    place = Place(rabbit_sides, reactor_thread)
    yield place
    place.close()
