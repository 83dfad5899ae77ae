"""The tasks in force: starts each when it is due, never twice for one due time."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import tzinfo
from typing import NamedTuple

from agents.deadline import Monotonic
from agents.in_force import InForce
from agents.tasks.book import Record
from agents.tasks.decision import decide
from agents.tasks.definition import BadTask, Task, read_task
from agents.tasks.handled import Handled
from agents.tasks.journal import Journal
from agents.tasks.runs import Errand, Runs

LOOK_AGAIN_S = 60.0
"""The clock may be changed while the agent waits: it is looked at again at least so often."""
STOP_S = 10.0
STARTED_BY_HAND = "started"

_log = logging.getLogger("muster.agent")


class Looked(NamedTuple):
    """When a task was looked at last, by the clock that people set and by the one they do not."""

    wall_ms: int
    monotonic: float


class TaskBoard:
    """All verbs are for the agent's own thread: ``begin`` first, then ``assign`` and ``attend`` again and again."""

    def __init__(
        self,
        journal: Journal,
        runs: Runs,
        now_ms: Callable[[], int],
        monotonic: Monotonic,
        zone: Callable[[], tzinfo],
        salt: bytes,
    ) -> None:
        self._journal = journal
        self._runs = runs
        self._now_ms = now_ms
        self._monotonic = monotonic
        self._zone = zone
        self._salt = salt
        self._tasks: dict[bytes, Task] = {}
        self._held: frozenset[bytes] = frozenset()
        self._heard = True
        self._next_ms: dict[bytes, int | None] = {}
        self._looked: dict[bytes, Looked] = {}
        self._at_start: dict[bytes, float] | None = None
        self._rest = monotonic()

    def begin(self) -> None:
        """What the last process left is settled; raise OSError when the disk fails."""
        self._journal.settle()

    def assign(self, tasks: Mapping[str, InForce]) -> None:
        """From now on these; a run of a task that is none of them is stopped."""
        known, self._tasks = self._tasks, {}
        self._held = frozenset(chosen.item.id for chosen in tasks.values())
        for chosen in tasks.values():
            try:
                self._tasks[chosen.item.id] = read_task(chosen, self._zone, self._salt)
            except BadTask as error:
                self._journal.refused(chosen.item, str(error))
        for gone in known.keys() - self._tasks.keys():
            self._runs.stop(gone)
            self._looked.pop(gone, None)
        if self._at_start is None:  # later ones wait for the next start-up
            self._at_start = {key: self._start_up(task) for key, task in self._tasks.items() if task.at_start}
        self._next_ms = {key: self._now_ms() for key in self._tasks}
        self._heard = False
        try:
            self._hear()
        except OSError as error:  # before anything is started it is tried again
            _log.error("tasks: %s", error)
        self._journal.forget_old(self._tasks.keys())

    def attend(self) -> bool:
        """Report what ended, start what is due; True when a run ended.

        While the disk fails nothing starts; it is tried again later.
        """
        ended = self._runs.finished()
        try:
            for each in ended:
                self._journal.ended(each.task_id, each.run, each.ended)
            if self._monotonic() >= self._rest:
                self._hear()
                for task in self._tasks.values():
                    self._judge(task)
        except OSError as error:
            _log.error("tasks: %s", error)
            self._rest = self._monotonic() + LOOK_AGAIN_S
        return bool(ended)

    def wait_s(self) -> float:
        """Seconds until ``attend`` has something to do, if nothing else happens."""
        if not self._tasks and self._runs.wait_s() is None:
            return float("inf")
        waits = [LOOK_AGAIN_S]
        if (overdue := self._runs.wait_s()) is not None:
            waits.append(overdue)
        if not self._runs.full:
            now, ready = self._now_ms(), [key for key in self._tasks if not self._runs.busy(key)]
            waits += [(due - now) / 1000 for key in ready if (due := self._next_ms.get(key)) is not None]
            waits += [at - self._monotonic() for key, at in (self._at_start or {}).items() if key in ready]
        return max(min(waits), self._rest - self._monotonic(), 0.0)

    def errand(self) -> Errand | None:
        """A call-in that a task asks for."""
        return self._runs.errand()

    def run_by_hand(self, name: str) -> str:
        """Start a task now because a person wants it; return what to tell that person."""
        task = next((each for each in self._tasks.values() if each.item.name == name), None)
        if task is None:
            return "no such task is in force"
        if self._runs.busy(task.item.id) or self._runs.full:
            return "it is running, or too many others are"
        self._start(task, self._journal.record(task), self._now_ms())
        return STARTED_BY_HAND

    def stop(self) -> None:
        """The agent ends: runs are ended and reported as interrupted."""
        self._runs.stop_all(STOP_S)
        for each in self._runs.finished():
            self._journal.ended(each.task_id, each.run, each.ended)

    def _hear(self) -> None:
        if not self._heard:
            self._journal.hear(self._tasks.values(), self._held)
            self._heard = True

    def _judge(self, task: Task) -> None:
        key, now = task.item.id, self._now_ms()
        if self._runs.busy(key) or self._runs.full:
            return
        record, at_start = self._journal.record(task), self._at_start or {}
        if task.run_now > record.run_now:
            self._start(task, replace(record, run_now=task.run_now), now)
        elif key in at_start and self._monotonic() >= at_start[key]:
            self._start(task, record, now)
            del at_start[key]
        else:
            self._judge_due(task, record, now)

    def _judge_due(self, task: Task, record: Record, now: int) -> None:
        looked, here = self._looked.get(record.id), Looked(now, self._monotonic())
        self._looked[record.id] = here
        if looked and looked.wall_ms <= now and not self._wants(record.id, now):
            return
        lived_ms = int((here.monotonic - looked.monotonic) * 1000) if looked else 0
        decision = decide(task, record.seen_ms, record.handled, now, lived_ms)
        if decision.missed is not None:
            self._journal.missed(task, decision.missed)
        fresh = replace(record, seen_ms=decision.seen_ms, next_ms=decision.next_ms)
        if decision.start is not None:
            handled = Handled(record.handled.runs)
            handled.add(decision.start, task.timetable.next_after)
            self._start(task, replace(fresh, handled=handled), decision.start)
        elif (fresh.seen_ms, fresh.next_ms) != (record.seen_ms, record.next_ms):
            self._journal.put(fresh)
        self._next_ms[record.id] = decision.next_ms  # only now: what a full disk kept back is wanted still

    def _wants(self, key: bytes, now: int) -> bool:
        """True when the time has come that the last decision named, and after each assignment."""
        next_ms = self._next_ms.get(key)
        return next_ms is not None and now >= next_ms

    def _start(self, task: Task, record: Record, due_ms: int) -> None:
        run = self._journal.started(record, due_ms)
        self._runs.start(task, run, lambda pid: self._journal.child(record.id, run, pid))

    def _start_up(self, task: Task) -> float:
        now = self._now_ms()
        return self._monotonic() + (task.start_at(now) - now) / 1000
