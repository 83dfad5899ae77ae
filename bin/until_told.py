"""Running until the operating system says stop: SIGTERM and SIGINT set an event."""

import signal
import threading
from collections.abc import Callable


def until_told(told: threading.Event, on_stop: Callable[[], None] | None = None) -> None:
    """Install the handlers; the first signal sets ``told`` and calls ``on_stop``. Call from the main thread."""

    def stop(_signal: int, _frame: object) -> None:
        told.set()
        if on_stop is not None:
            on_stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
