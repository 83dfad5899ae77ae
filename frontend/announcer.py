"""Tells the worker regularly and after each reconnection that this frontend lives and where it reads replies."""

from collections.abc import Callable

from broker.bus import FrontendBus
from broker.messages import FrontendAnnounced, encode
from frontend.timing import Call, Timer


class Announcer:
    """Sends FrontendAnnounced; one that is lost is made up for by the next."""

    def __init__(self, bus: FrontendBus, timer: Timer, every_s: float, clock_ms: Callable[[], int]) -> None:
        self._bus = bus
        self._timer = timer
        self._every_s = every_s
        self._clock_ms = clock_ms
        self._started_at_ms = 0
        self._announced = ""
        self._call: Call | None = None

    def start(self) -> None:
        """Begin; nothing is sent before the bus is connected."""
        self._started_at_ms = self._clock_ms()
        self._again()

    def stop(self) -> None:
        """Say nothing more."""
        if self._call is not None and self._call.active():
            self._call.cancel()
        self._call = None

    def connected(self) -> None:
        """The bus takes messages again, maybe on a new connection with a new reply queue."""
        if self._call is not None and self._bus.reply_queue != self._announced:
            self._announce()

    def _again(self) -> None:
        self._call = self._timer.callLater(self._every_s, self._again)
        if self._announced:
            self._announce()

    def _announce(self) -> None:
        self._announced = self._bus.reply_queue
        message = FrontendAnnounced(self._announced, self._started_at_ms)
        self._bus.send(encode(message)).addErrback(lambda _failure: None)
