"""A Twisted reactor of the tests' own in a thread, so that blocking tests can drive what lives on a reactor."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.epollreactor import EPollReactor
from twisted.python.failure import Failure

T = TypeVar("T")

PATIENCE_S = 30.0


class ReactorThread:
    """Not the installed reactor: that one runs only once in a process, and others may want it."""

    def __init__(self) -> None:
        self.reactor: Any = EPollReactor()  # type: ignore[no-untyped-call]
        self._thread = threading.Thread(target=self.reactor.run, args=(False,), name="test-reactor", daemon=True)
        self._thread.start()

    def begin(self, function: Callable[..., Deferred[T]], *arguments: Any) -> Future[T]:
        """Call on the reactor's thread; the future is settled with the Deferred's result."""
        future: Future[T] = Future()

        def failed(failure: Failure) -> None:
            future.set_exception(failure.value or RuntimeError("failed without a reason"))

        def call() -> None:
            maybeDeferred(function, *arguments).addCallbacks(future.set_result, failed)

        self.reactor.callFromThread(call)
        return future

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call on the reactor's thread and wait for the result."""
        return self.begin(function, *arguments).result(PATIENCE_S)

    def stop(self) -> None:
        """End the reactor and its thread."""
        self.reactor.callFromThread(self.reactor.stop)
        self._thread.join(PATIENCE_S)
