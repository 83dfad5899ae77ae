"""The verbs of the bus, as frontends, worker and console see them; RabbitMQ and the in-process twin offer the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

Source = Literal["commands", "orders"]


class NotConfirmed(Exception):
    """The broker did not take the message (refused, unroutable or connection lost); the sender must try again."""


class OutcomeUnknown(NotConfirmed):
    """The connection to the broker broke before it confirmed the message; it may have been taken."""


class BusUnavailable(Exception):
    """The broker cannot be reached or refuses our user; check its address, its state and our rights."""


class BusLost(Exception):
    """The connection to the broker broke; what was taken and not acknowledged will be delivered again."""


class NoAnswer(Exception):
    """The worker did not answer an order in time; its outcome is unknown, repeat it with the same command id."""


class Delivery(Struct, frozen=True):
    """One message taken from a queue, not yet acknowledged.

    `user` is the AMQP user the broker checked; `reply_to` is a queue of that user's own or empty; `deliveries` is 1
    the first time; `tag` is the bus's own.
    """

    source: Source
    body: bytes
    user: str
    reply_to: str
    correlation_id: str
    deliveries: int
    tag: int


class FrontendBus(Protocol):
    """A frontend's side; every call and callback on the reactor's thread."""

    handler: str
    reply_queue: str

    def start(self, on_reply: Callable[[bytes], None], on_pressure: Callable[[bool], None]) -> None:
        """Connect, and reconnect for ever, each time with a new `reply_queue`.

        `on_pressure(True)` means stop reading sockets, `False` go on; until the first `False`, stop.
        """

    def send(self, body: bytes) -> Deferred[None]:
        """Publish a command; fires when the broker confirmed it, fails with NotConfirmed."""

    def stop(self) -> Deferred[None]:
        """Disconnect; fires when nothing is left open. What was not confirmed fails."""


class WorkerBus(Protocol):
    """The worker's side; called from one thread."""

    @property
    def dropped_replies(self) -> int:
        """How many replies nobody could receive."""

    def open(self) -> None:
        """Connect, declare the queues and begin to consume; raises BusUnavailable."""

    def take(self, limit: int, wait_s: float) -> list[Delivery]:
        """Wait up to `wait_s` for the first delivery, then return what is there, at most `limit`; raises BusLost.

        A broker hands out no more while many (RabbitMQ: 128) are unacknowledged. After BusLost: `open` again.
        """

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """These are done for good; call it in the order they were taken. After a loss it does nothing."""

    def dead_letter(self, delivery: Delivery) -> None:
        """Set this one aside in `muster.dead`: it could not be attributed to a verified key."""

    def reply(self, address: str, body: bytes, correlation_id: str = "") -> None:
        """Send to a reply queue; what nobody can receive is dropped and counted."""

    def close(self) -> None:
        """Disconnect; unacknowledged deliveries go back to their queues."""


class OrderBus(Protocol):
    """The console's side; thread-safe and blocking."""

    def order(self, body: bytes, timeout_s: float) -> bytes:
        """Send an order and return its reply; raises NoAnswer or BusUnavailable."""

    def close(self) -> None:
        """Disconnect."""
