"""Results to messages: signed, sealed and packed for the frontends and consoles that wait for them."""

from collections.abc import Sequence
from typing import NamedTuple

from broker.coalesce import packed
from broker.messages import Answer, Answers, encode
from broker.seal import seal
from broker.topology import owns_queue
from domain.orders import Outcome
from handlers.answers import signed_answer, unverified_answer
from handlers.deployment import Deployment
from handlers.inbox import OrderGiven
from handlers.incoming import Incoming, NotVerified, Reply
from handlers.orders import encode_outcome


class Message(NamedTuple):
    """A message to send once its batch is committed."""

    address: str
    body: bytes
    correlation_id: str = ""


class Unproved(NamedTuple):
    """A package that nobody proved, and why."""

    incoming: Incoming
    error: NotVerified


class Ordered(NamedTuple):
    """An order's outcome and the position a reader must have seen to see its effect."""

    given: OrderGiven
    outcome: Outcome
    position: int


Result = Reply | Unproved | Ordered


def messages(results: Sequence[Result], deployment: Deployment, reply_key: bytes) -> list[Message]:
    """What to send for results that are committed; answers of one frontend travel together."""
    told: list[Message] = []
    answers: dict[str, list[Answer]] = {}
    for result in results:
        if isinstance(result, Ordered):
            sealed = seal(reply_key, encode_outcome(result.outcome, result.position))
            told.append(Message(result.given.reply_to, sealed, result.given.correlation_id))
        elif isinstance(result, Reply):
            answers.setdefault(_queue(result.incoming), []).append(signed_answer(result, deployment))
        else:
            answers.setdefault(_queue(result.incoming), []).append(unverified_answer(result.incoming, result.error))
    for queue, found in answers.items():
        parcels = packed(found, lambda answer: len(answer.package)) if queue else ()
        told += [Message(queue, encode(Answers(parcel))) for parcel in parcels]
    return told


def _queue(incoming: Incoming) -> str:
    """A frontend is answered on a queue of its own broker user, whatever it asks for."""
    return incoming.reply_to if owns_queue("commands", incoming.handler, incoming.reply_to) else ""
