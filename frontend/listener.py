"""The wiring of a frontend: listening port, connections, bus; starts and drains."""

import logging
from collections.abc import Callable
from random import Random
from typing import Any

from prometheus_client import CollectorRegistry
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator

from broker.bus import FrontendBus
from frontend.admission import Admission
from frontend.announcer import Announcer
from frontend.connection import AgentConnection
from frontend.deadlines import Deadlines, Phase
from frontend.door import Door
from frontend.drain import Drain
from frontend.held_keys import HeldKeys
from frontend.house import House
from frontend.limits import Limits
from frontend.line_stream import LOGGER_NAME, LineStream
from frontend.log_lines import LogLines
from frontend.memory import MemoryInFlight
from frontend.merged_hints import MergedHints
from frontend.metrics import Counts, FrontendCollector
from frontend.outbox import Outbox
from frontend.pending import PendingPackages
from frontend.replies import Replies
from frontend.ticker import Ticker
from wire.codec import Codec

LOGGER = logging.getLogger(LOGGER_NAME)


class Frontend:
    """One agent handler: agents on one side, the bus on the other, nothing stored."""

    def __init__(
        self,
        reactor: Any,
        bus: FrontendBus,
        tls_options: IOpenSSLServerConnectionCreator,
        limits: Limits,
        codec: Codec,
        clock: Callable[[], int],
        random: Random,
        registry: CollectorRegistry | None = None,
        lines: LineStream | None = None,
    ) -> None:
        """`clock` is the time of day in ms; `random` must be unpredictable in production (SystemRandom).

        `lines` takes what would else go to the logger `muster.frontend` at level info.
        """
        self._reactor = reactor
        self._bus = bus
        self._tls = tls_options
        self._drain: Drain | None = None
        self._lines = lines
        self.house = self._furnished(limits, codec, clock, random)
        self.door = Door(self.house)
        self._announcer = Announcer(bus, reactor, limits.announce_every_s, clock)
        self._hints = MergedHints(reactor, limits.hint_every_s, self._hint)
        self._ticker = Ticker(reactor, limits.tick_s)
        self._ticker.calls += [self.house.deadlines.look, self.door.look, self._look_at_drain]
        if lines is not None:
            self._ticker.calls.append(lines.flush)
        if registry is not None:
            FrontendCollector(self.house.counts, self.readings, registry)

    @property
    def ready(self) -> bool:
        """Listening, and what agents send can go on to the worker."""
        return self.door.open and not self.house.outbox.pressed

    def start(self, host: str, port: int) -> Deferred[int]:
        """Listen, begin to connect to the bus; gives the port's number (for port 0 the one that was free)."""
        self.begin()
        return succeed(self.door.listen(self._reactor, self._tls, host, port))

    def begin(self) -> None:
        """Everything but the port: for tests that hand connections to the door themselves."""
        self._ticker.start()
        self._announcer.start()
        replies = Replies(self.house.pending, self._hints.hint, self._cut, self.house.log)
        self._bus.start(replies.received, self.pressure)

    def drain(self) -> Deferred[None]:
        """Accept nothing more, let packages in flight be answered for `drain_s`, close, leave the bus."""
        if self._drain is None:
            self._announcer.stop()
            self._drain = Drain(self.house, self._reactor.seconds())
            self._drain.closed.addCallback(lambda _: self._stop_ticking())
            self._drain.closed.addCallback(lambda _: self._bus.stop())
            self.door.shut().addErrback(lambda failure: LOGGER.error("closing the port failed: %s", failure.value))
        return self._drain.closed

    def pressure(self, pressed: bool) -> None:
        """The bus says whether it can take more."""
        self.house.outbox.pressure(pressed)
        if not pressed:
            self._announcer.connected()

    def readings(self) -> dict[str, float]:
        """What there is at this moment, for the metrics."""
        house = self.house
        return {
            "open_connections": house.admission.connections,
            "handshakes": house.admission.handshakes,
            "idle_connections": house.deadlines.count(Phase.IDLE),
            "held_keys": len(house.keys),
            "packages_pending": len(house.pending),
            "packages_held_back": house.outbox.held,
            "bytes_in_flight": house.memory.bytes,
            "under_pressure": house.outbox.pressed,
        }

    def _furnished(self, limits: Limits, codec: Codec, clock: Callable[[], int], random: Random) -> House:
        pending: PendingPackages[AgentConnection] = PendingPackages()
        return House(
            limits=limits,
            codec=codec,
            clock_ms=clock,
            random=random,
            admission=Admission(limits, self._reactor),
            deadlines=Deadlines(self._reactor, limits),
            memory=MemoryInFlight(limits.bytes_in_flight),
            pending=pending,
            keys=HeldKeys(),
            outbox=Outbox(
                self._bus,
                self._reactor,
                limits.held_packages,
                limits.parcels_apart_s,
                pending.__contains__,
                self._refused,
            ),
            counts=Counts(),
            log=LogLines(LOGGER, self._lines),
        )

    def _refused(self, number: int) -> None:
        connection = self.house.pending.take(number)
        if connection is not None:
            connection.busy()

    def _hint(self, key: bytes) -> None:
        connection = self.house.keys.of(key)
        if connection is not None:
            connection.hint()

    def _cut(self, key: bytes) -> None:
        connection = self.house.keys.trusted(key)
        if connection is not None:
            connection.close("cut")

    def _stop_ticking(self) -> None:
        self._ticker.stop()
        if self._lines is not None:
            self._lines.flush()

    def _look_at_drain(self) -> None:
        if self._drain is not None:
            self._drain.look(self._reactor.seconds())
