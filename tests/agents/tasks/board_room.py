"""A board with a type of task that ends when told; ``crash`` and ``restart`` keep only what is on disk."""

import threading
from collections.abc import Mapping
from datetime import UTC
from pathlib import Path
from typing import Any

from agents.codec import MsgpackCodec
from agents.events import DiskEvents, QueuedEvent
from agents.in_force import Place, in_force
from agents.tasks.board import TaskBoard
from agents.tasks.book import Book
from agents.tasks.journal import Journal
from agents.tasks.runs import THREAD, Runs
from agents.tasks.task_type import DONE, INTERRUPTED, Ended, RunContext
from tests.agents.assigned import Assigned
from wire.held import TASK

NOON = 1_795_348_800_000
MINUTE, HOUR = 60_000, 3_600_000
CODEC = MsgpackCodec()


class Bell:
    """A task type whose runs wait until ``ends`` is set; ``patient`` ones end when they are told to stop."""

    def __init__(self) -> None:
        self.ends = threading.Event()
        self.ends.set()
        self.rung: list[Mapping[str, Any]] = []
        self.result: Ended = Ended(DONE, 0, "ding")
        self.error: BaseException | None = None

    def run(self, settings: Mapping[str, Any], context: RunContext) -> Ended:
        self.rung.append(settings)
        if self.error:
            raise self.error
        while not self.ends.wait(0.01):
            if context.stopped.is_set():
                return Ended(INTERRUPTED)
        return self.result


class CallsIn:
    """A task type that has the agent call in."""

    def run(self, settings: Mapping[str, Any], context: RunContext) -> Ended:
        return Ended(DONE, None, context.call_in(True))


class BoardRoom:
    """One agent's tasks, by clocks that a test sets."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.now_ms = NOON + 1
        self.monotonic = 1_000.0
        self.bell = Bell()
        self.held = Assigned()
        self.nudged = threading.Event()
        self.events = DiskEvents(home, CODEC)
        self.full_disk = False
        self.restart()

    def restart(self) -> None:
        """A new process; what the last one was doing is left as a kill leaves it."""
        self.runs = Runs({"bell": self.bell, "call-in": CallsIn()}, lambda: self.monotonic, self.nudged.set)
        self.journal = Journal(FailingBook(self), self.events.add, lambda: self.now_ms)
        self.board = TaskBoard(
            self.journal, self.runs, lambda: self.now_ms, lambda: self.monotonic, lambda: UTC, b"salt"
        )
        self.board.begin()
        self.assign()

    def task(self, name: str = "ring", version: int = 1, **content: Any) -> None:
        """Assign a task of the bell and attend to it."""
        self.held.task(name, {"type": "bell", **content}, version=version)
        self.assign()

    def order_now(self, name: str = "ring", **content: Any) -> None:
        """Assign a task of the bell; a version later it is to run now."""
        self.task(name, **content)
        self.task(name, version=2, **content, run_now=1)

    def assign(self) -> None:
        """As enforcement does at each call-in."""
        self.board.assign(in_force(self.held.items(), TASK, Place((), {}), CODEC))
        self.board.attend()

    def pass_time(self, length_ms: int) -> None:
        """Both clocks go on; the board is attended to when it wants to."""
        until = self.now_ms + length_ms
        while self.now_ms < until:
            step = min(int(min(self.board.wait_s(), 3_600) * 1000) + 1, until - self.now_ms)
            self.now_ms, self.monotonic = self.now_ms + step, self.monotonic + step / 1000
            self.settle()

    def settle(self) -> None:
        """Start what is due, wait until those that may end have ended, report."""
        self.board.attend()
        for thread in threading.enumerate():
            if thread.name == THREAD and self.bell.ends.is_set():
                thread.join(10)
        self.board.attend()

    def told(self) -> list[QueuedEvent]:
        """The undelivered events, oldest first."""
        return self.events.read(self.events.ids())

    def outcomes(self) -> list[tuple[str, int, str]]:
        """Type, due time in minutes after noon, outcome."""
        return [
            (event.type, (event.data["due"] - NOON) // MINUTE, event.data.get("outcome", "")) for event in self.told()
        ]


class FailingBook(Book):
    """A book whose disk may be full."""

    def __init__(self, room: BoardRoom) -> None:
        super().__init__(room.home, CODEC)
        self._room = room

    def save(self, record: Any) -> None:
        if self._room.full_disk:
            raise OSError(28, "No space left on device")
        super().save(record)
