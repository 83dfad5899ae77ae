"""One timer for everything that is looked at regularly."""

from collections.abc import Callable

from frontend.timing import Call, Timer


class Ticker:
    """Calls each of the listed functions every so many seconds."""

    def __init__(self, timer: Timer, every_s: float) -> None:
        self._timer = timer
        self._every_s = every_s
        self._call: Call | None = None
        self.calls: list[Callable[[], None]] = []

    def start(self) -> None:
        """Begin."""
        self._call = self._timer.callLater(self._every_s, self._tick)

    def stop(self) -> None:
        """No further call."""
        if self._call is not None and self._call.active():
            self._call.cancel()
        self._call = None

    def _tick(self) -> None:
        self.start()
        for call in self.calls:
            call()
