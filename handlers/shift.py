"""One worker's term under the lease: deliveries in, one transaction, then the messages that may be sent."""

import logging
from collections.abc import Sequence
from typing import NamedTuple

from broker.bus import Delivery
from broker.messages import Verdict
from domain.orders import INTERNAL_ERROR, Outcome
from handlers.answering_key import answering_key
from handlers.assigned import assigned, differences
from handlers.batch import Batch, Cause
from handlers.content import HANDLERS, Handler
from handlers.deployment import Deployment
from handlers.frontends import Frontends
from handlers.inbox import Announced, Item, OrderGiven, opened
from handlers.incoming import Incoming, NotVerified, Reply
from handlers.known_key import KnownKey
from handlers.list_orders import ORDERS as LIST_ORDERS
from handlers.memory import Memory
from handlers.metrics import WorkerMetrics
from handlers.orders import carry_out
from handlers.outbox import Message, Ordered, Result, Unproved, messages
from handlers.packages import judge, unprocessable
from handlers.records import Records
from handlers.server_keys import ORDERS as KEY_ORDERS
from handlers.service_record import ServiceRecord
from handlers.slots import Slots
from handlers.unverified import UnverifiedCounts
from handlers.wake_list import WakeList
from handlers.wakes import Wakes
from store.log import AlreadyRecorded, Fence, FenceLost, StoreUnavailable
from wire.refusals import Reason
from wire.types import ServerType

SUSPECT_AFTER = 2
"""A message delivered more often than this may hold a package that ends workers: its packages are tried alone."""
MOST_ITEMS = 500
"""Items of one transaction: what one commit may hold up, and what one failure makes us try again."""
_log = logging.getLogger("muster.worker")


class OrderKeys(NamedTuple):
    """HMAC keys shared by console and worker alone: ``order`` seals what is asked, ``reply`` what is answered."""

    order: bytes
    reply: bytes


class _Carried(NamedTuple):
    """An order's outcome; ``event`` is the index of its last event in the batch, -1 when it appended none."""

    given: OrderGiven
    outcome: Outcome
    event: int


_Decided = Reply | Unproved | _Carried | Announced


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
        self._deployment = deployment._replace(key=answering_key(records))
        self._key_is_old = False
        self._records = records
        self._fence = fence
        self._keys = keys
        self._metrics = metrics
        self._handlers = handlers
        slots = Slots(deployment.random(16), deployment.slots_above)
        self._memory = Memory(records, deployment.waiting, slots=slots)
        self._memory.take_over()
        self._last_ms = records.last_recorded_ms()
        self._frontends = Frontends(deployment.now_ms)
        self._wakes = Wakes(self._memory, records.trusted_keys, self._lacks, self._frontends.wake, deployment.now_ms)
        self._unverified = UnverifiedCounts(fence.fence, deployment.now_ms())
        self._service = ServiceRecord(fence.fence, self._last_ms)
        self.dead: list[Delivery] = []

    def handle(self, deliveries: Sequence[Delivery]) -> list[Message]:
        """Decide and commit; return what may be sent now. FenceLost or StoreUnavailable: nothing was decided.

        ``dead`` then holds the deliveries that could not be attributed to anybody.
        """
        self._renew_key()
        items, self.dead, malformed = opened(deliveries, self._keys.order)
        suspect = any(each.deliveries > SUSPECT_AFTER for each in deliveries)
        told: list[Message] = []
        for start in range(0, len(items), MOST_ITEMS):
            some = items[start : start + MOST_ITEMS]
            told += self._one_by_one(some) if suspect else self._decided(some)
        for handler in malformed:
            self._unverified.count(handler, Reason.MALFORMED_FRAME)
        self._summarise()
        return told

    def hints(self) -> list[Message]:
        """The next hints, when it is time for them."""
        return self._wakes.due()

    def wait_s(self, longest_s: float) -> float:
        """For how long nothing has to be done here unless something comes."""
        return self._wakes.wait_s(longest_s)

    def idle(self) -> None:
        """Commit the minute's summary of unverified packages when it is due."""
        self._summarise()

    def keep_snapshot(self) -> None:
        """Keep the system tree when it is due: after what was committed was answered, and without a word to anybody."""
        self._records.tree_snapshots.keep(self._memory.desired.committed_tree(), self._fence)

    def _decided(self, items: Sequence[Item]) -> list[Message]:
        try:
            return self._together(items)
        except (FenceLost, StoreUnavailable):
            raise
        except AlreadyRecorded:
            # Something is in the log that memory does not know of: a commit whose answer was lost. Read it all again.
            _log.warning("a batch of %d meets what is already recorded; memory is loaded anew", len(items))
            self._memory.take_over()
        except Exception:
            _log.exception("a batch of %d failed; its parts are tried one by one", len(items))
        return self._one_by_one(items)

    def _together(self, items: Sequence[Item]) -> list[Message]:
        batch = self._batch()
        try:
            self._memory.prefetch([each.header for each in items if isinstance(each, Incoming)])
            decided = [self._decide(item, batch) for item in items]
            positions = batch.commit(self._fence)
        except BaseException:
            batch.abandon()
            raise
        return self._committed(batch, decided, positions)

    def _one_by_one(self, items: Sequence[Item]) -> list[Message]:
        return [message for item in items for message in self._alone(item)]

    def _alone(self, item: Item) -> list[Message]:
        """One item, one transaction, two attempts; a package that fails twice is set aside and its agent goes on."""
        for last in (False, True):
            try:
                return self._together([item])
            except (FenceLost, StoreUnavailable):
                raise
            except AlreadyRecorded:
                # Not the item's fault: it is recorded, or memory is wrong. A new term loads everything anew.
                self._memory.take_over()
                if last:
                    raise
            except Exception:
                _log.exception("one item failed alone")
        self._metrics.unprocessable.inc()
        if isinstance(item, OrderGiven):
            return self._failed(item)
        return self._set_aside(item) if isinstance(item, Incoming) else []

    def _failed(self, given: OrderGiven) -> list[Message]:
        """Nothing of the order is left in a batch: whoever gave it need not wait to learn that."""
        if self._records.order_facts(given.order.command_id) is not None:
            return []  # Recorded, and failed on only afterwards: the same order again is told what became of it.
        detail = "The server failed on this order; nothing was changed. The worker's log says why."
        outcome = Outcome(given.order.command_id, INTERNAL_ERROR, detail)
        told = Ordered(given, outcome, self._records.log.head())
        return messages([told], self._deployment, self._keys.reply)

    def _set_aside(self, incoming: Incoming) -> list[Message]:
        batch = self._batch()
        try:
            self._memory.prefetch([incoming.header])
            decided: _Decided = unprocessable(incoming, batch)
            positions = batch.commit(self._fence)
            return self._committed(batch, [decided], positions)
        except (FenceLost, StoreUnavailable):
            batch.abandon()
            raise
        except NotVerified as error:
            return messages([Unproved(incoming, error)], self._deployment, self._keys.reply)
        except Exception:
            batch.abandon()
            # It gets no answer and comes again; it must not take its neighbours with it.
            _log.exception("a package of key %s cannot even be set aside", incoming.header.fingerprint.hex())
            return []

    def _summarise(self) -> None:
        """Transactions of their own: a summary that cannot be written must not hold up any package."""
        if self._unverified.due(self._deployment.now_ms()):
            self._record(self._unverified)
        if self._service.due:
            self._record(self._service)

    def _record(self, summary: UnverifiedCounts | ServiceRecord) -> None:
        batch = self._batch()
        summary.stage(batch)
        try:
            batch.commit(self._fence)
        except StoreUnavailable as error:
            _log.warning("a summary waits: %s", error)
            return
        except AlreadyRecorded:
            _log.warning("a summary is recorded already")
        self._last_ms = batch.now_ms
        summary.committed(batch.now_ms)

    def _batch(self) -> Batch:
        wakes = WakeList(self._frontends.reach)
        return Batch(self._deployment, self._records, self._memory, self._last_ms, wakes)

    def _decide(self, item: Item, batch: Batch) -> _Decided:
        if isinstance(item, Announced):
            handler = batch.agent_handler(item.handler, item.message.started_at_ms)
            handler.announced(item.message.started_at_ms, batch.now_ms)
            batch.stage(handler, Cause(who="maintenance", handler=item.handler))
            return item
        if isinstance(item, OrderGiven):
            before = batch.size
            outcome = carry_out(item.order, batch)
            return _Carried(item, outcome, batch.size - 1 if batch.size > before else -1)
        try:
            return judge(item, batch, self._handlers)
        except NotVerified as error:
            return Unproved(item, error)

    def _committed(self, batch: Batch, decided: Sequence[_Decided], positions: Sequence[int]) -> list[Message]:
        self._last_ms = batch.now_ms
        self._metrics.committed(len(positions))
        results: list[Result] = []
        missed: list[Message] = []
        for each in decided:
            if isinstance(each, _Carried):
                position = positions[each.event] if each.event >= 0 else self._records.log.head()
                results.append(Ordered(each.given, each.outcome, position))
                self._key_is_old |= type(each.given.order.command) in KEY_ORDERS
                if type(each.given.order.command) in LIST_ORDERS:
                    self._memory.outdated("lists")
            elif isinstance(each, Announced):
                missed += self._frontends.announced(each.handler, each.message.queue)
                self._service.heard(batch.now_ms)
            else:
                results.append(each)
                self._count(each)
        self._renew_key()
        self._wakes.add(batch.wakes)
        # Cuts go last: a refusal that is answered in the same batch is still heard.
        cuts = missed + self._frontends.cut(batch.trust.lost())
        return messages(results, self._deployment, self._keys.reply) + cuts + self._wakes.due()

    def _lacks(self, known: KnownKey) -> bool:
        """True when the next call-in of this key, should it hold what it last said, is answered with something."""
        return bool(differences(known, known.held_hash, assigned(known, self._batch())))

    def _renew_key(self) -> None:
        """Answer with the key that the log names; asked for again when the store did not tell."""
        if self._key_is_old:
            self._deployment = self._deployment._replace(key=answering_key(self._records))
            self._key_is_old = False

    def _count(self, result: Reply | Unproved) -> None:
        if isinstance(result, Reply):
            self._metrics.answered(result)
            if result.verdict is Verdict.ACCEPTED:
                self._frontends.carried(result.recipient, result.incoming.handler)
                self._service.called_in(self._last_ms)
            if result.known is None and result.type is ServerType.ACCESS_DENIED:
                # Signed by a key that no registration may rest on: counted like what nobody proved.
                self._unverified.count(result.incoming.handler, Reason(result.content["reason"]))
        else:
            self._unverified.count(result.incoming.handler, result.error.reason)
            self._metrics.unverified.labels(result.error.reason.value).inc()
