"""One worker's term under the lease: deliveries in, one transaction, then the messages that may be sent."""

import logging
from collections.abc import Sequence
from typing import NamedTuple

from broker.bus import Delivery
from broker.messages import Answer, Answers, FrontendAnnounced, MalformedMessage, Packages, decode_command, encode
from broker.seal import ForgedMessage, seal, unseal
from domain.errors import MalformedOrder
from domain.orders import Order, Outcome
from handlers.answers import signed_answer, unverified_answer
from handlers.batch import Batch, Cause
from handlers.content import HANDLERS, Handler
from handlers.deployment import Deployment
from handlers.incoming import Incoming, NotVerified, Reply
from handlers.memory import Memory
from handlers.metrics import WorkerMetrics
from handlers.orders import carry_out, encode_outcome, read_order
from handlers.packages import judge, unprocessable
from handlers.records import Records
from handlers.unverified import UnverifiedCounts
from store.log import AlreadyRecorded, Fence, FenceLost, StoreUnavailable
from wire.headers import AgentHeader, MalformedHeader
from wire.refusals import Reason

ANSWERS_PER_MESSAGE = 64
BYTES_PER_MESSAGE = 256 * 1024
REPLY_PREFIX = "muster.reply."
_log = logging.getLogger("muster.worker")


class OrderKeys(NamedTuple):
    """HMAC keys shared by console and worker alone: ``order`` seals what is asked, ``reply`` what is answered."""

    order: bytes
    reply: bytes


class Message(NamedTuple):
    """A message to send once its batch is committed."""

    address: str
    body: bytes
    correlation_id: str = ""


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


class Unproved(NamedTuple):
    """A package that nobody proved, and why."""

    incoming: Incoming
    error: NotVerified


class Ordered(NamedTuple):
    """An order's outcome; ``event`` is the index of its last event in the batch, -1 when it appended none."""

    given: OrderGiven
    outcome: Outcome
    event: int


Result = Reply | Unproved | Ordered | None


class Shift:
    """Everything the worker decides while it holds ``fence``; a new term starts with a new Shift."""

    def __init__(
        self,
        deployment: Deployment,
        records: Records,
        fence: Fence,
        keys: OrderKeys,
        metrics: WorkerMetrics,
        handlers: dict[int, tuple[str, Handler]] = HANDLERS,
    ) -> None:
        """Load what must be known before the first package: fingerprints, and when the last event was recorded."""
        self._deployment = deployment
        self._records = records
        self._fence = fence
        self._keys = keys
        self._metrics = metrics
        self._handlers = handlers
        self._memory = Memory(records)
        self._memory.take_over()
        self._last_ms = records.last_recorded_ms()
        self._unverified = UnverifiedCounts(fence.fence, deployment.now_ms())
        self.dead: list[Delivery] = []

    def handle(self, deliveries: Sequence[Delivery]) -> list[Message]:
        """Decide and commit; return what may be sent now. FenceLost or StoreUnavailable: nothing was decided.

        ``dead`` then holds the deliveries that could not be attributed to anybody.
        """
        self.dead = []
        items: list[Item] = []
        for delivery in deliveries:
            items += self._items(delivery)
        if any(each.deliveries > 2 for each in deliveries):
            return [message for item in items for message in self._alone(item)]
        try:
            return self._together(items)
        except (FenceLost, StoreUnavailable):
            raise
        except AlreadyRecorded:
            # Something is in the log that memory does not know of: a commit whose answer was lost. Read it all again.
            _log.warning("a batch of %d meets what is already recorded; memory is loaded anew", len(items))
            self._memory.take_over()
            return [message for item in items for message in self._alone(item)]
        except Exception:
            _log.exception("a batch of %d failed; its parts are tried one by one", len(items))
            return [message for item in items for message in self._alone(item)]

    def idle(self) -> None:
        """Commit the minute's summary of unverified packages when it is due."""
        if self._unverified.due(self._deployment.now_ms()):
            self._together([])

    def _together(self, items: Sequence[Item]) -> list[Message]:
        batch = Batch(self._deployment, self._records, self._memory, self._last_ms)
        try:
            self._memory.prefetch([each.header for each in items if isinstance(each, Incoming)])
            results = [self._decide(item, batch) for item in items]
            summary = self._unverified.due(batch.now_ms)
            if summary:
                self._unverified.stage(batch)
            positions = batch.commit(self._fence)
        except BaseException:
            batch.abandon()
            raise
        self._last_ms = batch.now_ms
        if summary:
            self._unverified.committed(batch.now_ms)
        self._metrics.committed(len(positions))
        return self._messages(results, positions)

    def _alone(self, item: Item) -> list[Message]:
        """One item, one transaction, two attempts; a package that fails twice is set aside and its agent goes on."""
        for _ in range(2):
            try:
                return self._together([item])
            except (FenceLost, StoreUnavailable):
                raise
            except Exception:
                _log.exception("one item failed alone")
        self._metrics.unprocessable.inc()
        return self._set_aside(item) if isinstance(item, Incoming) else []

    def _set_aside(self, incoming: Incoming) -> list[Message]:
        batch = Batch(self._deployment, self._records, self._memory, self._last_ms)
        self._memory.prefetch([incoming.header])
        try:
            reply = unprocessable(incoming, batch)
            positions = batch.commit(self._fence)
        except NotVerified as error:
            return self._messages([Unproved(incoming, error)], [])
        except BaseException:
            batch.abandon()
            raise
        return self._messages([reply], positions)

    def _decide(self, item: Item, batch: Batch) -> Result:
        if isinstance(item, Announced):
            handler = batch.agent_handler(item.handler, item.message.started_at_ms)
            handler.announced(item.message.started_at_ms)
            batch.stage(handler, Cause(who="maintenance", handler=item.handler))
            return None
        if isinstance(item, OrderGiven):
            before = batch.size
            outcome = carry_out(item.order, batch)
            return Ordered(item, outcome, batch.size - 1 if batch.size > before else -1)
        try:
            return judge(item, batch, self._handlers)
        except NotVerified as error:
            self._unverified.count(item.handler, error.reason)
            self._metrics.unverified.labels(error.reason.value).inc()
            return Unproved(item, error)

    def _items(self, delivery: Delivery) -> list[Item]:
        try:
            if delivery.source == "orders":
                order = read_order(unseal(self._keys.order, delivery.body))
                return [OrderGiven(order, delivery.reply_to, delivery.correlation_id)]
            command = decode_command(delivery.body)
        except (MalformedMessage, ForgedMessage, MalformedOrder) as error:
            _log.warning("a message of %s on %s was set aside: %s", delivery.user, delivery.source, error)
            self.dead.append(delivery)
            return []
        if isinstance(command, FrontendAnnounced):
            return [Announced(delivery.user, command)]
        return self._packages(command, delivery)

    def _packages(self, command: Packages, delivery: Delivery) -> list[Item]:
        items: list[Item] = []
        for received in command.packages:
            try:
                header = AgentHeader.unpack(received.header)
            except MalformedHeader:
                self._unverified.count(delivery.user, Reason.MALFORMED_FRAME)
                continue
            items.append(Incoming(received, header, delivery.user, delivery.reply_to))
        return items

    def _messages(self, results: Sequence[Result], positions: Sequence[int]) -> list[Message]:
        messages: list[Message] = []
        answers: dict[str, list[Answer]] = {}
        for result in results:
            if isinstance(result, Ordered):
                messages.append(self._told(result, positions))
            elif isinstance(result, Reply):
                signed = signed_answer(result, self._deployment)
                answers.setdefault(_reply_queue(result.incoming), []).append(signed)
                self._metrics.answered(result)
            elif isinstance(result, Unproved):
                queue = _reply_queue(result.incoming)
                answers.setdefault(queue, []).append(unverified_answer(result.incoming, result.error))
        return messages + [message for queue, found in answers.items() if queue for message in _packed(queue, found)]

    def _told(self, ordered: Ordered, positions: Sequence[int]) -> Message:
        position = positions[ordered.event] if ordered.event >= 0 else self._records.log.head()
        body = encode_outcome(ordered.outcome, position)
        return Message(ordered.given.reply_to, seal(self._keys.reply, body), ordered.given.correlation_id)


def _reply_queue(incoming: Incoming) -> str:
    """A frontend is answered on a queue of its own broker user, whatever it asks for."""
    return incoming.reply_to if incoming.reply_to.startswith(f"{REPLY_PREFIX}{incoming.handler}.") else ""


def _packed(queue: str, answers: list[Answer]) -> list[Message]:
    messages: list[Message] = []
    group: list[Answer] = []
    size = 0
    for answer in answers:
        if group and (len(group) == ANSWERS_PER_MESSAGE or size + len(answer.package) > BYTES_PER_MESSAGE):
            messages.append(Message(queue, encode(Answers(group))))
            group, size = [], 0
        group.append(answer)
        size += len(answer.package)
    messages.append(Message(queue, encode(Answers(group))))
    return messages
