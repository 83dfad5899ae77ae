"""Deliveries to items: what one message on the bus asks for, unsealed and cut into packages, orders, announcements."""

import logging
from collections.abc import Sequence
from typing import NamedTuple

from broker.bus import Delivery
from broker.messages import FrontendAnnounced, MalformedMessage, Packages, decode_command
from broker.seal import ForgedMessage, unseal
from domain.errors import MalformedOrder
from domain.orders import Order
from handlers.incoming import Incoming
from handlers.orders import read_order
from wire.headers import AgentHeader, MalformedHeader

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


class Opened(NamedTuple):
    """The items of some deliveries, the deliveries that could not be attributed to anybody, and by which handlers
    packages came whose header no agent of ours would send."""

    items: list[Item]
    dead: list[Delivery]
    malformed: list[str]


def opened(deliveries: Sequence[Delivery], order_key: bytes) -> Opened:
    """Open each delivery."""
    found = Opened([], [], [])
    for delivery in deliveries:
        try:
            found.items.extend(_items(delivery, order_key, found.malformed))
        except (MalformedMessage, ForgedMessage, MalformedOrder) as error:
            _log.warning("a message of %s on %s was set aside: %s", delivery.user, delivery.source, error)
            found.dead.append(delivery)
    return found


def _items(delivery: Delivery, order_key: bytes, malformed: list[str]) -> list[Item]:
    if delivery.source == "orders":
        order = read_order(unseal(order_key, delivery.body))
        return [OrderGiven(order, delivery.reply_to, delivery.correlation_id)]
    command = decode_command(delivery.body)
    if isinstance(command, FrontendAnnounced):
        return [Announced(delivery.user, command)]
    return _packages(command, delivery, malformed)


def _packages(command: Packages, delivery: Delivery, malformed: list[str]) -> list[Item]:
    items: list[Item] = []
    for received in command.packages:
        try:
            header = AgentHeader.unpack(received.header)
        except MalformedHeader:
            malformed.append(delivery.user)
            continue
        items.append(Incoming(received, header, delivery.user, delivery.reply_to))
    return items
