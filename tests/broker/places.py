"""The two brokers under one roof: what the conformance suite needs of either."""

from typing import Protocol

import pika

from broker import topology
from broker.bus import FrontendBus, OrderBus, WorkerBus
from broker.in_process import InProcessBroker
from broker.rabbit_frontend import RabbitFrontendBus
from broker.rabbit_orders import RabbitOrderBus
from broker.rabbit_worker import RabbitWorkerBus
from broker.topology import QueueLimits
from services.rabbitmq import Rabbit
from tests.broker.driven_frontend import DrivenFrontend
from tests.broker.reactor_thread import ReactorThread

PASSWORD = "only for tests"
FRONTENDS = ("fe1", "fe2")


class Sides(Protocol):
    """Makes unopened sides of one broker."""

    def frontend(self, handler: str) -> FrontendBus: ...
    def worker(self) -> WorkerBus: ...
    def orders(self) -> OrderBus: ...
    def dead(self) -> list[bytes]: ...


class Place:
    """Opens sides for a test and closes them after it."""

    def __init__(self, sides: Sides, thread: ReactorThread) -> None:
        self._sides = sides
        self._thread = thread
        self._frontends: list[DrivenFrontend] = []
        self._others: list[WorkerBus | OrderBus] = []

    def frontend(self, handler: str = "fe1") -> DrivenFrontend:
        """A frontend that is connected."""
        frontend = DrivenFrontend(self._thread, self._sides.frontend(handler))
        self._frontends.append(frontend)
        frontend.start()
        frontend.wait_for_pressure(False)
        return frontend

    def worker(self) -> WorkerBus:
        """A worker that is open."""
        worker = self._sides.worker()
        self._others.append(worker)
        worker.open()
        return worker

    def orders(self) -> OrderBus:
        """A console's side."""
        orders = self._sides.orders()
        self._others.append(orders)
        return orders

    def dead(self) -> list[bytes]:
        """The bodies of what was set aside; looking takes them out."""
        return self._sides.dead()

    def close(self) -> None:
        """Close all that was opened."""
        for frontend in self._frontends:
            frontend.stop()
        for other in self._others:
            other.close()


class TwinSides:
    """The in-process broker, its frontends on a reactor as in production."""

    def __init__(self, limits: QueueLimits, thread: ReactorThread) -> None:
        self._broker = InProcessBroker(limits)
        self._reactor = thread.reactor

    def frontend(self, handler: str) -> FrontendBus:
        return self._broker.frontend_bus(handler, self._reactor.callFromThread)

    def worker(self) -> WorkerBus:
        return self._broker.worker_bus()

    def orders(self) -> OrderBus:
        return self._broker.order_bus()

    def dead(self) -> list[bytes]:
        bodies = [delivery.body for delivery in self._broker.dead]
        self._broker.dead.clear()
        return bodies


class RabbitSides:
    """A virtual host with the users and least rights of production."""

    def __init__(self, limits: QueueLimits, thread: ReactorThread, rabbit: Rabbit) -> None:
        self.rabbit = rabbit
        self.vhost = rabbit.new_vhost()
        self._limits = limits
        self._reactor = thread.reactor
        rabbit.add_user(self.vhost, "worker", PASSWORD, *topology.WORKER_RIGHTS)
        rabbit.add_user(self.vhost, "console", PASSWORD, *topology.CONSOLE_RIGHTS)
        for user in FRONTENDS:
            rabbit.add_user(self.vhost, user, PASSWORD, *topology.frontend_rights(user))

    def url(self, user: str) -> str:
        return self.rabbit.amqp_url(user, PASSWORD, self.vhost)

    def frontend(self, handler: str) -> FrontendBus:
        return RabbitFrontendBus(self._reactor, self.url(handler), jitter=lambda: 0.0)

    def worker(self) -> WorkerBus:
        return RabbitWorkerBus(self.url("worker"), self._limits)

    def orders(self) -> OrderBus:
        return RabbitOrderBus(self.url("console"))

    def dead(self) -> list[bytes]:
        connection = pika.BlockingConnection(pika.URLParameters(self.rabbit.admin_url(self.vhost)))
        bodies = []
        for method, _properties, body in connection.channel().consume(
            topology.DEAD, auto_ack=True, inactivity_timeout=1
        ):
            if method is None:
                break
            bodies.append(body)
        connection.close()
        return bodies
