"""Orders of people, given to the worker over the bus: sealed, repeated once, their replies checked."""

from collections.abc import Callable
from threading import BoundedSemaphore
from uuid import uuid5

import msgspec

from broker.bus import BusUnavailable, NoAnswer, OrderBus
from broker.seal import ForgedMessage, seal, unseal
from domain.ids import NS
from domain.orders import Command, Order, Outcome

MOST_AT_ONCE = 16
"""Orders that may wait for the worker: each holds a thread, and reading must go on while the worker is away."""
ANSWER_TIMEOUT_S = 5.0
"""How long one attempt waits for the worker; there are two."""


class OutcomeUnknown(Exception):
    """The worker did not answer; `idempotency_key` asks for the same order again."""

    def __init__(self, idempotency_key: str) -> None:
        super().__init__(idempotency_key)
        self.idempotency_key = idempotency_key


class CannotBeOrdered(Exception):
    """What is asked for holds a number beyond 64 bits or a text that is none: no order can say it."""


def command_id_of(operator: str, idempotency_key: str) -> bytes:
    """The id of the order that this operator gives under this key, always the same 16 bytes."""
    return uuid5(NS, f"idempotency/{operator}/{idempotency_key}").bytes


class Orders:
    """The console's end of the bus for orders; thread-safe."""

    def __init__(
        self,
        bus: OrderBus,
        order_key: bytes,
        reply_key: bytes,
        clock_ms: Callable[[], int],
        random: Callable[[int], bytes],
        timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> None:
        self._bus = bus
        self._order_key = order_key
        self._reply_key = reply_key
        self._clock_ms = clock_ms
        self._random = random
        self._timeout_s = timeout_s
        self._places = BoundedSemaphore(MOST_AT_ONCE)

    def give(
        self,
        command: Command,
        *,
        operator: str,
        role: str,
        if_match: int | None = None,
        idempotency_key: str | None = None,
    ) -> Outcome:
        """The worker's outcome of this order; a refusal is an outcome too.

        Without an Idempotency-Key one is made up, so that an unknown outcome can still be asked for. Raises
        CannotBeOrdered and BusUnavailable (nothing was given), OutcomeUnknown and ForgedMessage.
        """
        if not self._places.acquire(blocking=False):
            raise BusUnavailable(f"{MOST_AT_ONCE} orders wait for the worker already; this one was not given")
        try:
            return self._given(command, operator, role, if_match, idempotency_key)
        finally:
            self._places.release()

    def _given(
        self, command: Command, operator: str, role: str, if_match: int | None, idempotency_key: str | None
    ) -> Outcome:
        key = idempotency_key or self._random(16).hex()
        order = Order(
            command_id=command_id_of(operator, key),
            operator=operator,
            role=role,
            issued_at_ms=self._clock_ms(),
            command=command,
            if_match=if_match,
        )
        return self._opened(self._answer(seal(self._order_key, _encoded(order)), key), order.command_id)

    def _answer(self, sealed: bytes, key: str) -> bytes:
        try:
            return self._bus.order(sealed, self._timeout_s)
        except NoAnswer:
            pass
        try:
            return self._bus.order(sealed, self._timeout_s)
        except (NoAnswer, BusUnavailable) as silent:
            raise OutcomeUnknown(key) from silent

    def _opened(self, sealed: bytes, command_id: bytes) -> Outcome:
        payload = unseal(self._reply_key, sealed)
        try:
            outcome = msgspec.msgpack.decode(payload, type=Outcome)
        except msgspec.MsgspecError as malformed:
            raise ForgedMessage from malformed
        # A true reply to another order would otherwise pass for this one's.
        if outcome.command_id != command_id:
            raise ForgedMessage
        return outcome


def _encoded(order: Order) -> bytes:
    try:
        return msgspec.msgpack.encode(order)
    except (OverflowError, UnicodeError, RecursionError) as error:
        raise CannotBeOrdered(f"{CannotBeOrdered.__doc__} ({error})") from error
