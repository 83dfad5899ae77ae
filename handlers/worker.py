"""The worker's loop: hold the lease, take deliveries, commit, acknowledge, answer; give way when the lease is lost."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from broker.bus import BusLost, BusUnavailable, Delivery, WorkerBus
from handlers.outbox import Message
from handlers.shift import Shift
from store.leases import Leases
from store.log import Fence, FenceLost, StoreUnavailable

LEASE = "worker"
RENEW_S = 2.0
TAKE_MESSAGES = 64
ENOUGH_BYTES = 24 * 1024
"""About 70 idle call-ins: among so many the cost of a commit is spread; they are decided without waiting for more."""
_log = logging.getLogger("muster.worker")


class Pace(NamedTuple):
    """How long the loop waits, in seconds: for the lease, for a delivery, for more of them, after a fault.

    ``apart_s`` paces commits under load. Each commit costs about 5 ms of processor time over all processes, however
    many packages it carries, so that the batches of a busy worker begin at least so far apart; the first package after
    a pause is committed at once.
    """

    lease_s: float = 1.0
    idle_s: float = 0.5
    apart_s: float = 0.015
    fault_s: float = 0.2
    longest_fault_s: float = 5.0


class Worker:
    """One worker process or thread. Any number may run; the one with the lease works."""

    def __init__(
        self,
        holder: str,
        leases: Leases,
        bus: Callable[[], WorkerBus],
        shift: Callable[[Fence], Shift],
        pace: Pace = Pace(),  # noqa: B008
    ) -> None:
        self._holder = holder
        self._leases = leases
        self._bus = bus
        self._shift = shift
        self._pace = pace
        self._began = 0.0
        self.stop = threading.Event()
        self.working = threading.Event()
        """Set while this worker holds the lease and consumes."""

    def run(self) -> None:
        """Work until ``stop`` is set; every fault of broker or store is outlived."""
        fault_s = self._pace.fault_s
        while not self.stop.is_set():
            try:
                fence = self._leases.acquire(LEASE, self._holder)
                if fence is None:
                    self.stop.wait(self._pace.lease_s)
                    continue
                self._term(fence)
                fault_s = self._pace.fault_s
                continue
            except (FenceLost, BusLost, BusUnavailable, StoreUnavailable) as error:
                _log.warning("the worker stands back: %s", error)
            except Exception:
                # A fault of ours must not end the only process that decides: begin anew with nothing remembered.
                _log.exception("the worker begins anew")
            self.stop.wait(fault_s)
            fault_s = min(fault_s * 2, self._pace.longest_fault_s)

    def _term(self, fence: Fence) -> None:
        bus = self._bus()
        try:
            shift = self._shift(fence)
            bus.open()
            _log.info("worker %s took over with fence %d", self._holder, fence.fence)
            self.working.set()
            self._serve(fence, bus, shift)
        finally:
            self.working.clear()
            bus.close()
            self._release(fence)

    def _serve(self, fence: Fence, bus: WorkerBus, shift: Shift) -> None:
        renewed = time.monotonic()
        while not self.stop.is_set():
            deliveries = self._take(bus, shift.wait_s(self._pace.idle_s))
            if deliveries:
                self._began = time.monotonic()
                self._work(deliveries, fence, bus, shift)
            else:
                shift.idle()
            _send(shift.hints(), bus)
            shift.keep_snapshot()
            if time.monotonic() - renewed >= RENEW_S:
                if not self._leases.renew(fence):
                    raise FenceLost(fence)
                renewed = time.monotonic()

    def _take(self, bus: WorkerBus, wait_s: float) -> list[Delivery]:
        """What is there; if the last batch began a moment ago what comes meanwhile too, unless it is much already."""
        deliveries = bus.take(TAKE_MESSAGES, wait_s)
        too_early_s = self._began + self._pace.apart_s - time.monotonic()
        enough = len(deliveries) >= TAKE_MESSAGES or sum(len(each.body) for each in deliveries) >= ENOUGH_BYTES
        if deliveries and too_early_s > 0 and not enough:
            self.stop.wait(too_early_s)
            deliveries += bus.take(TAKE_MESSAGES - len(deliveries), 0)
        return deliveries

    def _work(self, deliveries: Sequence[Delivery], fence: Fence, bus: WorkerBus, shift: Shift) -> None:
        """Commit, acknowledge, answer: in this order. A failing store is waited for, nothing goes back to the queue."""
        messages = self._decided(deliveries, shift)
        dead = {each.tag for each in shift.dead}
        for delivery in shift.dead:
            bus.dead_letter(delivery)
        bus.acknowledge([each for each in deliveries if each.tag not in dead])
        _send(messages, bus)

    def _decided(self, deliveries: Sequence[Delivery], shift: Shift) -> list[Message]:
        fault_s = self._pace.fault_s
        while True:
            try:
                return shift.handle(deliveries)
            except StoreUnavailable as error:
                _log.warning("the store fails, %d messages wait: %s", len(deliveries), error)
                if self.stop.wait(fault_s):
                    raise
                fault_s = min(fault_s * 2, self._pace.longest_fault_s)

    def _release(self, fence: Fence) -> None:
        try:
            self._leases.release(fence)
        except StoreUnavailable as error:
            _log.warning("the lease could not be given back, it ends by itself: %s", error)


def _send(messages: Sequence[Message], bus: WorkerBus) -> None:
    for message in messages:
        bus.reply(message.address, message.body, message.correlation_id)
