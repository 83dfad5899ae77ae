"""What became of each task, in the book and as events: a run is on the disk before it begins, its end is told once."""

import logging
import secrets
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import Any

import psutil

from agents.events import QueuedEvent, new_event
from agents.report import escaped
from agents.tasks.book import FORGOTTEN_AFTER_MS, Book, LastRun, Record, Running
from agents.tasks.child import end_group
from agents.tasks.decision import first_seen
from agents.tasks.definition import Task
from agents.tasks.task_type import FAILED, INTERRUPTED, LONGEST_OUTPUT, MISSED, Ended
from wire.held import Item

TASK_STARTED, TASK_ENDED = "TaskStarted", "TaskEnded"

_log = logging.getLogger("muster.agent")


class Journal:
    """Verbs raise OSError when the disk fails; then nothing has changed. ``tell`` queues a durable event."""

    def __init__(self, book: Book, tell: Callable[[QueuedEvent], None], now_ms: Callable[[], int]) -> None:
        self._book = book
        self._tell = tell
        self._now_ms = now_ms
        self._records = book.all()
        self._absent: set[bytes] = set()
        self._writing = Lock()

    def find(self, identity: bytes) -> Record | None:
        """What is known of a task; a copy."""
        return self._records.get(identity)

    def record(self, task: Task) -> Record:
        """What is known of a task, which is seen now if it never was."""
        item, now = task.item, self._now_ms()
        if (known := self._records.get(item.id)) is not None:
            return replace(known, name=item.name)
        lost = self._book.damaged(item.id)
        fresh = Record(item.id, item.name, now if lost else first_seen(task, now), run_now=task.run_now)
        self.put(fresh)
        return fresh

    def hear(self, tasks: Iterable[Task], held: Collection[bytes]) -> None:
        """``held`` are all that are in force, ``tasks`` those of them that may run: what they bring along is no order.

        An order to run now is for who holds the task when it comes: a task that is new here, or comes back, brings the
        counter of orders that were others'. One whose counter went back, as a restored server's does, begins anew.
        """
        self._absent |= {record.id for record in self._records.values() if record.holds and record.id not in held}
        for gone in sorted(self._absent):  # What a full disk kept back is done before anything comes back.
            self._amend(gone, partial(replace, holds=False))
            self._absent.discard(gone)
        for task in tasks:
            record, told = self.record(task), task.run_now
            if not record.holds or told < record.run_now:
                self._amend(record.id, partial(replace, holds=True, run_now=told))

    def put(self, record: Record) -> None:
        """Keep ``record``, durably."""
        with self._writing:
            self._put(record)

    def settle(self) -> None:
        """Runs that the end of the last process cut off are ended and reported."""
        for record in list(self._records.values()):
            if record.running is not None:
                _end_orphan(record.running)
                self.ended(record.id, record.running.run, Ended(INTERRUPTED, output="the agent ended while it ran"))

    def started(self, record: Record, due_ms: int) -> str:
        """A run begins as soon as this returns its id."""
        run, about = secrets.token_hex(8), {"id": record.id, "name": record.name}
        event = new_event(TASK_STARTED, {**about, "run": run, "due": due_ms}, self._now_ms())
        # Known before the run: however often its end is told, it is one event, and comes behind its start.
        end_id = (int.from_bytes(event.id[:8], "big") + 1).to_bytes(8, "big") + secrets.token_bytes(8)
        self.put(replace(record, running=Running(run, due_ms, event.time_ms, end_id)))
        self._say(event)
        _log.info("task %s started (run %s)", escaped(record.name), run)
        return run

    def child(self, identity: bytes, run: str, pid: int) -> None:
        """A run has started a process; called by the thread of the run."""
        born = psutil.Process(pid).create_time()

        def known(record: Record) -> Record:
            if record.running is None or record.running.run != run:
                return record
            return replace(record, running=record.running._replace(pid=pid, born=born))

        self._amend(identity, known)

    def ended(self, identity: bytes, run: str, ended: Ended) -> None:
        """A run is over; nothing happens when that was known."""
        record, now = self._records[identity], self._now_ms()
        was = record.running
        if was is None or was.run != run:
            return
        about = {"id": record.id, "name": record.name, "run": run, "due": was.due_ms}
        data = {**about, **_told(ended), "started": was.started_ms, "ended": now}
        self._say(QueuedEvent(was.end_id, TASK_ENDED, now, data))
        _log.info("task %s %s (run %s)", escaped(record.name), ended.outcome, run)
        last = LastRun(run, was.due_ms, was.started_ms, now, ended.outcome, ended.exit)
        self.put(replace(record, last=last, running=None))

    def missed(self, task: Task, due_ms: int) -> None:
        """A due time will not be run, by the task's rule."""
        self._unrun(task.item, due_ms, Ended(MISSED, output="due while the agent could not run it"))

    def refused(self, item: Item, why: str) -> None:
        """A version of a task cannot be understood; told once."""
        now = self._now_ms()
        record = self._records.get(item.id) or Record(item.id, item.name, now, holds=False)  # its counter is not known
        if record.refused != item.version:
            self._unrun(item, now, Ended(FAILED, output=why))
            self.put(replace(record, name=item.name, refused=item.version))

    def forget_old(self, assigned: Collection[bytes]) -> None:
        """Let go of tasks that have not been assigned for long."""
        limit = self._now_ms() - FORGOTTEN_AFTER_MS
        for key, record in list(self._records.items()):
            ended = record.last.ended_ms if record.last else 0
            if key not in assigned and record.running is None and max(record.seen_ms, ended) < limit:
                self._book.forget(key)
                del self._records[key]

    def _amend(self, identity: bytes, change: Callable[[Record], Record]) -> None:
        """Change what is known, whatever thread is at it."""
        with self._writing:
            record = self._records[identity]
            if (changed := change(record)) != record:
                self._put(changed)

    def _put(self, record: Record) -> None:
        self._book.save(record)
        self._records[record.id] = record

    def _unrun(self, item: Item, due_ms: int, ended: Ended) -> None:
        now = self._now_ms()
        about = {"id": item.id, "name": item.name, "run": secrets.token_hex(8), "due": due_ms}
        self._say(new_event(TASK_ENDED, {**about, **_told(ended), "started": now, "ended": now}, now))
        _log.warning("task %s %s: %s", escaped(item.name), ended.outcome, escaped(ended.output))

    def _say(self, event: QueuedEvent) -> None:
        try:
            self._tell(event)
        except OSError as error:  # the run matters more than its report
            _log.error("an event %s is lost: %s", event.type, error)


def _told(ended: Ended) -> dict[str, Any]:
    return {"exit": ended.exit, "outcome": ended.outcome, "output": ended.output[:LONGEST_OUTPUT]}


def _end_orphan(cut: Running) -> None:
    """End the process of a killed agent's run, if it is still the same one."""
    try:
        same = cut.pid > 0 and psutil.Process(cut.pid).create_time() == cut.born
    except psutil.Error:
        return
    if same:
        end_group(cut.pid)
