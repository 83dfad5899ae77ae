"""Every name on RabbitMQ, its arguments and who may touch it: the one place to look and to change.

Good for RabbitMQ 3.10 and 4.x. Dead-lettering stays at-most-once: at-least-once would keep a message in the full
command queue when `muster.dead` cannot take it, and what lies there is worth no call-in.
"""

import re
import secrets
from typing import Any, NamedTuple

from broker.bus import Source

COMMANDS = "muster.commands"
COMMANDS_KEY = "p.00"
ORDERS = "muster.orders"
ORDERS_KEY = "orders"
DEAD = "muster.dead"
REPLY_PREFIX = "muster.reply."
CONSOLE_PREFIX = "muster.console."

_WEEK_MS = 7 * 24 * 3600 * 1000


class ForbiddenUserName(ValueError):
    """A frontend's AMQP user name may have letters, digits, - and _ only: a dot would open another's reply queues."""


class QueueLimits(NamedTuple):
    """When a queue refuses (messages, bytes) and after how many failed deliveries it sets a message aside.

    The delivery limit is generous because a worker that dies returns all it held, the innocent included.
    """

    messages: int = 20_000
    bytes: int = 512 * 1024 * 1024
    deliveries: int = 50


class Rights(NamedTuple):
    """What an AMQP user may do in the virtual host: three regular expressions, as RabbitMQ wants them."""

    configure: str
    write: str
    read: str


_OURS = r"^muster\.(commands|orders|dead)$"
# Binding a queue and naming a dead-letter exchange are writes too; the default exchange is known as amq.default.
WORKER_RIGHTS = Rights(_OURS, r"^(amq\.default|muster\.(commands|orders|dead))$", _OURS)
CONSOLE_RIGHTS = Rights(r"^muster\.console\..*", r"^muster\.orders$", r"^muster\.console\..*")


def frontend_rights(user: str) -> Rights:
    """A frontend makes and reads its own reply queues and writes commands, nothing else."""
    own = "^" + re.escape(_own_prefix(user)) + ".*"
    return Rights(own, r"^muster\.commands$", own)


def reply_queue(user: str) -> str:
    """A new name for a reply queue of this frontend."""
    return _own_prefix(user) + secrets.token_hex(8)


def console_queue() -> str:
    """A new name for a queue on which a console waits for the outcome of its orders."""
    return CONSOLE_PREFIX + secrets.token_hex(8)


def owns_queue(source: Source, user: str, queue: str) -> bool:
    """Whether the sender of a message of that source may name this queue for its answers."""
    if source == "orders":
        return queue.startswith(CONSOLE_PREFIX)
    return bool(_USER.fullmatch(user)) and queue.startswith(_own_prefix(user))


def may_be_answered(address: str) -> bool:
    """Whether this is a queue for answers at all."""
    return address.startswith((REPLY_PREFIX, CONSOLE_PREFIX))


def declare(channel: Any, limits: QueueLimits) -> None:
    """Declare exchanges, queues and bindings on a pika channel of any kind, with the worker's rights."""
    _declare_dead(channel)
    channel.exchange_declare(exchange=COMMANDS, exchange_type="direct", durable=True)
    channel.exchange_declare(exchange=ORDERS, exchange_type="direct", durable=True)
    for queue, key in ((COMMANDS, COMMANDS_KEY), (ORDERS, ORDERS_KEY)):
        channel.queue_declare(queue=queue, durable=True, arguments=_bounded(limits))
        channel.queue_bind(queue=queue, exchange=queue, routing_key=key)


def declare_reply_queue(channel: Any, queue: str) -> None:
    """Declare an exclusive queue for answers; it ends with its connection, and the oldest answers give way."""
    arguments = {
        "x-queue-type": "classic",
        "x-max-length": 100_000,
        "x-max-length-bytes": 64 * 1024 * 1024,
        "x-overflow": "drop-head",
    }
    channel.queue_declare(queue=queue, durable=False, exclusive=True, arguments=arguments)


def _declare_dead(channel: Any) -> None:
    arguments = {
        "x-queue-type": "quorum",
        "x-max-length": 10_000,
        "x-max-length-bytes": 64 * 1024 * 1024,
        "x-overflow": "drop-head",
        "x-message-ttl": _WEEK_MS,
    }
    channel.exchange_declare(exchange=DEAD, exchange_type="fanout", durable=True)
    channel.queue_declare(queue=DEAD, durable=True, arguments=arguments)
    channel.queue_bind(queue=DEAD, exchange=DEAD, routing_key="")


def _bounded(limits: QueueLimits) -> dict[str, Any]:
    return {
        "x-queue-type": "quorum",
        "x-max-length": limits.messages,
        "x-max-length-bytes": limits.bytes,
        "x-overflow": "reject-publish",
        "x-delivery-limit": limits.deliveries,
        "x-dead-letter-exchange": DEAD,
        "x-dead-letter-strategy": "at-most-once",
    }


_USER = re.compile(r"[A-Za-z0-9_-]+")


def _own_prefix(user: str) -> str:
    if not _USER.fullmatch(user):
        raise ForbiddenUserName(user)
    return f"{REPLY_PREFIX}{user}."
