"""Turns of a busy reactor some milliseconds apart: each finds more to do, and waking up costs more than a package.

What comes meanwhile waits in the kernel, as it would wait here for the next parcel.
"""

import time
from collections.abc import Callable
from typing import Any


class Turns:
    """Stands in for a reactor's ``doIteration``. Timers keep their time, and the first event after a pause waits for
    nothing: only who looked a moment ago rests before looking again."""

    def __init__(
        self,
        look: Callable[[float | None], object],
        apart_s: float,
        seconds: Callable[[], float] = time.monotonic,
        rest: Callable[[float], object] = time.sleep,
    ) -> None:
        """`look` waits for events, at most so many seconds (None: for ever), and handles them."""
        self._look = look
        self._apart_s = apart_s
        self._seconds = seconds
        self._rest = rest
        self._looked = float("-inf")

    def __call__(self, timeout: float | None) -> None:
        """One turn of at most so many seconds; None: until something comes."""
        rest_s = self._looked + self._apart_s - self._seconds()
        if timeout is not None:
            rest_s = min(rest_s, timeout)
        if rest_s > 0:
            self._rest(rest_s)
            timeout = None if timeout is None else timeout - rest_s
        self._look(timeout)
        self._looked = self._seconds()


def pace(reactor: Any, apart_s: float) -> None:
    """Let the turns of this reactor, which has yet to run, be so far apart."""
    reactor.doIteration = Turns(reactor.doIteration, apart_s)
