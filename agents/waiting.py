"""What wakes a running agent before its time: the control socket, the held connection, a signal, its parent's end."""

import os
import selectors
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum, auto
from typing import Protocol

from agents.held_connection import Watch


class Wake(Enum):
    """Why waiting ended."""

    TIME = auto()
    CONTROL = auto()
    HELD = auto()
    """Something came on the held connection."""
    TASK = auto()
    """A run has ended, or wants a call-in."""
    END = auto()


class HasFileno(Protocol):
    """A file or socket."""

    def fileno(self) -> int:
        """Its descriptor."""
        ...


class Watched(Protocol):
    """What may have to be waited for besides: a HeldConnection."""

    def watch(self) -> Watch:
        """What to wait for bytes on now."""
        ...


class Waiter(Protocol):
    """Waits for the first thing that happens."""

    def wait(self, seconds: float) -> Wake:
        """At most ``seconds``; 0 only looks."""
        ...


class Sources:
    """Waits on real descriptors."""

    def __init__(
        self,
        listener: socket.socket,
        signals: socket.socket,
        parent: HasFileno | None,
        held: Watched | None = None,
        nudges: socket.socket | None = None,
    ) -> None:
        """``signals`` becomes readable when the process is to end; ``parent`` is a pipe whose EOF means the same.

        ``nudges`` becomes readable when a task needs the agent.
        """
        self._held = held
        self._signals = signals
        self._parent = parent
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ, Wake.CONTROL)
        self._selector.register(signals, selectors.EVENT_READ, Wake.END)
        if nudges is not None:
            self._selector.register(nudges, selectors.EVENT_READ, Wake.TASK)
        if parent is not None:
            self._watch_parent(parent)
        self._ended = False

    def wait(self, seconds: float) -> Wake:
        """At most ``seconds``; the end comes before everything else, and stays."""
        watch = self._held.watch() if self._held else Watch(None)
        if watch.again_s is not None:
            seconds = min(seconds, watch.again_s)
        with self._watching(watch.connection):
            timeout = None if seconds == float("inf") else max(seconds, 0)
            wakes = {self._judged(key) for key, _ in self._selector.select(timeout)}
        self._ended = self._ended or Wake.END in wakes
        if self._ended:
            return Wake.END
        return next((wake for wake in (Wake.CONTROL, Wake.HELD, Wake.TASK) if wake in wakes), Wake.TIME)

    def close(self) -> None:
        """Let go of the descriptors' watch."""
        self._selector.close()

    @contextmanager
    def _watching(self, connection: HasFileno | None) -> Iterator[None]:
        """For this one wait: by the next one the connection may be another."""
        if connection is None:
            yield
            return
        self._selector.register(connection, selectors.EVENT_READ, Wake.HELD)
        try:
            yield
        finally:
            self._selector.unregister(connection)

    def _watch_parent(self, parent: HasFileno) -> None:
        try:
            self._selector.register(parent, selectors.EVENT_READ, None)
        except PermissionError:  # a regular file has no end to wait for; epoll refuses it
            self._parent = None

    def _judged(self, key: selectors.SelectorKey) -> Wake:
        if key.data is Wake.TASK:
            os.read(key.fd, 4096)
        if key.data is not None:
            wake: Wake = key.data
            return wake
        # What a parent writes is of no interest; only that it has gone is.
        return Wake.TIME if os.read(key.fd, 4096) else Wake.END


@contextmanager
def nudging() -> Iterator[tuple[socket.socket, Callable[[], None]]]:
    """A socket that becomes readable when the verb beside it is called, from any thread; once for many calls."""
    told, tell = socket.socketpair()
    tell.setblocking(False)

    def nudge() -> None:
        with suppress(OSError):  # full: then it is readable anyway; closed: the agent has ended
            tell.send(b"\0")

    with told, tell:
        yield told, nudge


@contextmanager
def end_signals() -> Iterator[socket.socket]:
    """A socket that becomes readable at SIGTERM, SIGINT or SIGHUP; the handlers of before return afterwards."""
    told, tell = socket.socketpair()
    tell.setblocking(False)
    before_fd = signal.set_wakeup_fd(tell.fileno())
    before = {kind: signal.signal(kind, lambda *_: None) for kind in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        yield told
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
        signal.set_wakeup_fd(before_fd)
        told.close()
        tell.close()
