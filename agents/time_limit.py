"""Foreign code on a leash: a call that does not come back in time is left behind, the agent goes on."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Overdue(Exception):
    """A call did not come back in time; whether it still does something is not known."""


class Misbehaved(Exception):
    """A plug-in tried to end the process."""


class _Call(Generic[T]):
    """One call in a thread of its own. A daemon: it keeps no process from ending."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._result: list[T] = []
        self._error: Exception | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self._result.append(self._work())
        except Exception as error:
            self._error = error
        except BaseException as error:
            self._error = Misbehaved(f"it raised {type(error).__name__}")

    def result(self) -> T:
        """What it came to; raises what the call raised."""
        if self._error is not None:
            raise self._error
        return self._result[0]


class TimeLimit:
    """Makes the calls of one plug-in, one at a time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._left_behind: threading.Thread | None = None

    def call(self, work: Callable[[], T]) -> T:
        """What ``work`` returns or raises; raise Overdue when it, or the one before it, does not come back."""
        if self._left_behind is not None and self._left_behind.is_alive():
            raise Overdue("it has not come back from an earlier call")
        call = _Call(work)
        call.thread.join(self._seconds)
        if call.thread.is_alive():
            self._left_behind = call.thread
            raise Overdue(f"it did not come back within {self._seconds:g} s")
        return call.result()
