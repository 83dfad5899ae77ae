"""The runs under way: a thread for each, a time limit for each, and what they want from the agent meanwhile."""

import queue
import threading
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from agents.deadline import Deadline, Monotonic
from agents.tasks.definition import Task
from agents.tasks.task_type import DONE, FAILED, INTERRUPTED, TIMED_OUT, CannotRun, Ended, RunContext, TaskType

AT_ONCE = 8
"""Runs at the same time; further ones wait."""
GRACE_S = 30.0
"""Beyond its limit a task type may take this long to come back; then it is left behind."""
_LOOK_S = 0.2


class Errand:
    """A call-in that a run asked for, carried out by the agent's own thread."""

    def __init__(self, full: bool) -> None:
        self.full = full
        self._went: queue.SimpleQueue[str] = queue.SimpleQueue()

    def done(self, went: str) -> None:
        """Tell the run how it went."""
        self._went.put(went)

    def wait(self, seconds: float) -> str:
        """How it went; empty while that is not known."""
        try:
            return self._went.get(timeout=seconds)
        except queue.Empty:
            return ""


THREAD = "muster-task"
"""What the threads of runs are called."""


class Finished(NamedTuple):
    """A run that is over."""

    task_id: bytes
    run: str
    ended: Ended


class _Run:
    """One run in its thread. A daemon: it keeps no process from ending."""

    def __init__(self, task: Task, run: str, monotonic: Monotonic, work: Callable[["_Run"], None]) -> None:
        self.task = task
        self.run = run
        self.deadline = Deadline(monotonic, task.limit_s)
        self.patience = Deadline(monotonic, task.limit_s + GRACE_S)
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=work, args=(self,), name=THREAD, daemon=True)
        self.thread.start()


class Runs:
    """``nudge`` wakes the agent's own thread; it may be called from any."""

    def __init__(self, types: Mapping[str, TaskType], monotonic: Monotonic, nudge: Callable[[], None]) -> None:
        self._types = types
        self._monotonic = monotonic
        self._nudge = nudge
        self._under_way: dict[bytes, _Run] = {}
        self._left_behind: dict[bytes, _Run] = {}
        self._finished: queue.SimpleQueue[Finished] = queue.SimpleQueue()
        self._errands: queue.SimpleQueue[Errand] = queue.SimpleQueue()

    @property
    def full(self) -> bool:
        """True when no further run may start now."""
        return len(self._under_way) >= AT_ONCE

    def start(self, task: Task, run: str, child: Callable[[int], None]) -> None:
        """Begin a run; ``child`` is told of a process it starts."""
        self._under_way[task.item.id] = _Run(task, run, self._monotonic, lambda each: self._work(each, child))

    def busy(self, task_id: bytes) -> bool:
        """True while a run of this task is under way, or one that was left behind still is."""
        left = self._left_behind.get(task_id)
        return task_id in self._under_way or (left is not None and left.thread.is_alive())

    def finished(self) -> list[Finished]:
        """What ended since the last time this was asked; the overdue are left behind."""
        found: list[Finished] = []
        while not self._finished.empty():
            found.append(self._finished.get())
        for task_id, run in list(self._under_way.items()):
            if run.patience.over and not any(each.run == run.run for each in found):
                self._left_behind[task_id] = run
                run.stopped.set()
                found.append(Finished(task_id, run.run, Ended(TIMED_OUT, output="it did not end and was left behind")))
        # One that was left behind and came back after all has been reported.
        found = [each for each in found if self._is_under_way(each)]
        for each in found:
            del self._under_way[each.task_id]
        return found

    def errand(self) -> Errand | None:
        """The next call-in that a run wants."""
        try:
            return self._errands.get_nowait()
        except queue.Empty:
            return None

    def wait_s(self) -> float | None:
        """Until the first run is overdue; None when none is under way."""
        left = [run.patience.left for run in self._under_way.values()]
        return min(left, default=None)

    def stop(self, task_id: bytes) -> None:
        """Have the run of this task end soon."""
        if run := self._under_way.get(task_id):
            run.stopped.set()

    def stop_all(self, seconds: float) -> None:
        """Have all end; wait for them that long together."""
        patience = Deadline(self._monotonic, seconds)
        for run in self._under_way.values():
            run.stopped.set()
        for run in self._under_way.values():
            run.thread.join(max(patience.left, 0))

    def _is_under_way(self, each: Finished) -> bool:
        run = self._under_way.get(each.task_id)
        return run is not None and run.run == each.run

    def _work(self, run: _Run, child: Callable[[int], None]) -> None:
        try:
            ended = self._result(run, child)
        except CannotRun as error:
            ended = Ended(FAILED, output=str(error))
        except Exception as error:
            ended = Ended(FAILED, output=f"{type(error).__name__}: {error}")
        except BaseException as error:
            ended = Ended(FAILED, output=f"it raised {type(error).__name__}")
        self._finished.put(Finished(run.task.item.id, run.run, ended))
        self._nudge()

    def _result(self, run: _Run, child: Callable[[int], None]) -> Ended:
        kind = self._types.get(run.task.type)
        if kind is None:
            raise CannotRun(f"no task type {run.task.type} is installed")
        context = RunContext(run.deadline, run.stopped, lambda full: self._call_in(run, full), child)
        ended = kind.run(run.task.settings, context)
        if not _is_end(ended):
            raise CannotRun("the task type returned something else than how it ended")
        return ended

    def _call_in(self, run: _Run, full: bool) -> str:
        errand = Errand(full)
        self._errands.put(errand)
        self._nudge()
        while not (went := errand.wait(_LOOK_S)):
            if run.stopped.is_set():
                return INTERRUPTED
            if run.deadline.over:
                return TIMED_OUT
        return went


def _is_end(ended: object) -> bool:
    """A plug-in may return anything, or what only looks right."""
    if not isinstance(ended, Ended):
        return False
    fields: tuple[Any, ...] = tuple(ended)
    outcome, status, output = fields
    known = outcome in (DONE, FAILED, TIMED_OUT, INTERRUPTED)
    return known and isinstance(output, str) and (status is None or isinstance(status, int))
