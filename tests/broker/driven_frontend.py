"""A frontend's bus driven from a test's thread."""

import queue
import threading
from concurrent.futures import Future

from broker.bus import FrontendBus
from tests.broker.reactor_thread import PATIENCE_S, ReactorThread


class DrivenFrontend:
    """Sends, and collects replies and pressure."""

    def __init__(self, thread: ReactorThread, bus: FrontendBus) -> None:
        self.bus = bus
        self.pressed = True
        self.pressures: list[bool] = []
        self._thread = thread
        self._replies: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._changed = threading.Condition()

    def start(self) -> None:
        """Start without waiting for the connection."""
        self._thread.run(self.bus.start, self._replies.put, self._press)

    def send(self, body: bytes) -> None:
        """Send and wait for the confirmation; raises NotConfirmed."""
        self.begin_to_send(body).result(PATIENCE_S)

    def begin_to_send(self, body: bytes) -> "Future[None]":
        """Send without waiting."""
        return self._thread.begin(self.bus.send, body)

    def reply(self) -> bytes:
        """The next reply."""
        return self._replies.get(timeout=PATIENCE_S)

    def wait_for_pressure(self, pressed: bool) -> None:
        """Wait until the bus asks to stop (True) or to go on (False)."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.pressed is pressed, PATIENCE_S), self.pressures

    def stop(self) -> None:
        """Disconnect."""
        self._thread.run(self.bus.stop)

    def _press(self, pressed: bool) -> None:
        with self._changed:
            self.pressed = pressed
            self.pressures.append(pressed)
            self._changed.notify_all()
