"""What to do about a task now, from the clock and what is remembered: pure, so that every clock can be tried.

The clock may jump. Forward, and after a pause: what fell in between is missed, and the task's rule decides. Back: what
was started stays started, and is not started when its time comes again.
"""

from typing import NamedTuple

from agents.tasks.definition import Task
from agents.tasks.handled import Handled
from agents.tasks.timetable import Once, Timetable

LATE_MS = 5 * 60_000
"""A run that starts no later than this after its time is on time: the agent was busy, not away."""


class Decision(NamedTuple):
    """``start``: the due time to start now. ``missed``: the latest of those that will not be run. Both may be None.

    ``seen_ms``: due times up to here are decided. ``next_ms``: when to decide again, if nothing else happens.
    """

    start: int | None
    missed: int | None
    seen_ms: int
    next_ms: int | None


def first_seen(task: Task, now_ms: int) -> int:
    """From where on due times of a new task count: from now; what is due once may be past."""
    return min(now_ms, task.timetable.due_ms - 1) if isinstance(task.timetable, Once) else now_ms


def decide(task: Task, seen_ms: int, handled: Handled, now_ms: int, lived_ms: int = 0) -> Decision:
    """Judge the due times after ``seen_ms`` up to now.

    ``lived_ms`` is how long ago this was last asked, by a clock that nobody sets: so much of the time before now was
    lived through even where the clock was put back meanwhile.
    """
    seen_ms = min(seen_ms, now_ms - lived_ms)
    table = task.timetable
    due = _latest_open(table, handled, seen_ms, now_ms)
    if due is not None and now_ms < (starts := task.start_at(due)):
        waiting: int | None = starts
        due = _latest_open(table, handled, seen_ms, due - 1)
    else:
        waiting = None
    if due is None:
        return Decision(None, None, seen_ms, waiting or _next_start(task, handled, now_ms))
    late = now_ms - task.start_at(due) > LATE_MS
    starts_now = not late or task.run_if_missed
    missed = due if not starts_now else None if task.run_if_missed else _latest_open(table, handled, seen_ms, due - 1)
    return Decision(due if starts_now else None, missed, due, waiting or _next_start(task, handled, now_ms))


def _latest_open(table: Timetable, handled: Handled, after_ms: int, until_ms: int) -> int | None:
    """The latest due time in between that was not started."""
    due = table.latest(after_ms, until_ms)
    while due is not None and (run := handled.run_with(due)):
        due = table.latest(after_ms, run[0] - 1) if run[0] - 1 > after_ms else None
    return due


def _next_start(task: Task, handled: Handled, now_ms: int) -> int | None:
    due = task.timetable.next_after(now_ms)
    while due is not None and (run := handled.run_with(due)):
        due = task.timetable.next_after(run[1])
    return None if due is None else task.start_at(due)
