"""Deliveries to items: what one message on the bus asks for, unsealed and cut into packages, orders, announcements."""

import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

from broker.bus import Delivery
from broker.messages import FrontendAnnounced, MalformedMessage, Packages, decode_command
from broker.seal import ForgedMessage, unseal
from domain.errors import MalformedOrder
from domain.orders import Order
from handlers.incoming import Incoming
from handlers.orders import read_order
from wire.headers import AgentHeader, MalformedHeader
from wire.refusals import Reason

_log = logging.getLogger("muster.worker")


class OrderGiven(NamedTuple):
    """An unsealed order and where its outcome goes."""

    order: Order
    reply_to: str
    correlation_id: str


class Announced(NamedTuple):
    """A frontend says that it is there; ``handler`` is its broker user."""

    handler: str
    message: FrontendAnnounced


Item = Incoming | OrderGiven | Announced
Count = Callable[[str, Reason], None]


class Opened(NamedTuple):
    """The items of some deliveries, and the deliveries that could not be attributed to anybody."""

    items: list[Item]
    dead: list[Delivery]


def opened(deliveries: Sequence[Delivery], order_key: bytes, count: Count) -> Opened:
    """Open each delivery; ``count`` is told of packages whose header no agent of ours would send."""
    found = Opened([], [])
    for delivery in deliveries:
        try:
            found.items.extend(_items(delivery, order_key, count))
        except (MalformedMessage, ForgedMessage, MalformedOrder) as error:
            _log.warning("a message of %s on %s was set aside: %s", delivery.user, delivery.source, error)
            found.dead.append(delivery)
    return found


def _items(delivery: Delivery, order_key: bytes, count: Count) -> list[Item]:
    if delivery.source == "orders":
        order = read_order(unseal(order_key, delivery.body))
        return [OrderGiven(order, delivery.reply_to, delivery.correlation_id)]
    command = decode_command(delivery.body)
    if isinstance(command, FrontendAnnounced):
        return [Announced(delivery.user, command)]
    return _packages(command, delivery, count)


def _packages(command: Packages, delivery: Delivery, count: Count) -> list[Item]:
    items: list[Item] = []
    for received in command.packages:
        try:
            header = AgentHeader.unpack(received.header)
        except MalformedHeader:
            count(delivery.user, Reason.MALFORMED_FRAME)
            continue
        items.append(Incoming(received, header, delivery.user, delivery.reply_to))
    return items
