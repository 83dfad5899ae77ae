"""pika's loop in a thread of its own, so that heartbeats go on while the owner commits or waits."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

from pika.adapters.select_connection import IOLoop, SelectConnection

from broker.bus import BusUnavailable

LOG = logging.getLogger("muster.broker")

OPEN_S = 15.0
"""For one connection to be ready, declarations included."""
CLOSE_S = 3.0
"""For the broker to take leave; after that it is left without."""

Lost = Callable[[str], None]
"""Told, on the loop's thread and perhaps more than once, why a connection is of no more use."""

Prepare = Callable[[Any, Callable[[], None], Lost], None]
"""Gets an open connection, what to call when it is ready and what to call when it proves useless."""


class AmqpThread:
    """Runs connections to one broker; of no more use after `close`."""

    def __init__(self, name: str, open_s: float = OPEN_S, close_s: float = CLOSE_S) -> None:
        self._open_s, self._close_s = open_s, close_s
        self._loop = IOLoop()
        self._connections: list[Any] = []
        self._lost: list[Lost] = []
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def connect(self, parameters: Any, prepare: Prepare, on_lost: Lost) -> None:
        """Connect and prepare; returns when ready, raises BusUnavailable. `on_lost` is for later losses."""
        opening: Future[None] = Future()
        self.call(self._start, parameters, prepare, on_lost, opening)
        try:
            opening.result(self._open_s)
        except TimeoutError as error:
            raise BusUnavailable(f"not ready within {self._open_s:.0f} s") from error

    def call(self, function: Callable[..., object], *arguments: Any) -> None:
        """Run this on the loop's thread, soon and in order; nothing happens after `close`."""
        self._loop.add_callback_threadsafe(partial(function, *arguments))

    def close(self) -> None:
        """Close all connections and end the thread."""
        self.call(self._close)
        self._thread.join(2 * self._close_s + 1)

    def _start(self, parameters: Any, prepare: Prepare, on_lost: Lost, opening: Future[None]) -> None:
        def ready() -> None:
            if not opening.done():
                opening.set_result(None)

        def lost(reason: str) -> None:
            if not opening.done():
                opening.set_exception(BusUnavailable(reason))
            else:
                on_lost(reason)

        def closed(_connection: Any, reason: BaseException) -> None:
            lost(str(reason) or repr(reason))
            self._stop_when_closed()

        self._lost.append(lost)
        self._connections.append(
            SelectConnection(
                parameters,
                on_open_callback=lambda connection: prepare(connection, ready, lost),
                on_open_error_callback=closed,
                on_close_callback=closed,
                custom_ioloop=self._loop,
            )
        )

    def _close(self) -> None:
        self._closing = True
        self._loop.call_later(self._close_s, self._leave)
        for connection in self._connections:
            if not (connection.is_closed or connection.is_closing):
                connection.close()
        self._stop_when_closed()

    def _leave(self) -> None:
        self._loop.call_later(self._close_s, self._loop.stop)
        for connection in self._connections:
            if not connection.is_closed:
                # pika has no public way to end a connection whose other side is silent.
                connection._adapter_disconnect_stream()  # noqa: SLF001

    def _stop_when_closed(self) -> None:
        if self._closing and all(connection.is_closed for connection in self._connections):
            self._loop.stop()

    def _run(self) -> None:
        try:
            self._loop.start()
        except Exception:
            # pika lets errors of its callbacks end the loop; the owner learns of it as of any other loss.
            LOG.exception("the connection to RabbitMQ failed on our side")
        finally:
            for lost in self._lost:
                lost("the connection's thread has ended")
            self._loop.close()
