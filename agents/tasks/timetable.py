"""When a task is due: due times are moments in UTC milliseconds, the same ones wherever a search for them begins."""

import itertools
from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import NamedTuple, Protocol

from cronsim import CronSim

_HOUR = 3_600_000
_HORIZONS = (_HOUR, 24 * _HOUR, 8 * 24 * _HOUR, 40 * 24 * _HOUR, 400 * 24 * _HOUR, 10 * 366 * 24 * _HOUR)
"""How far back the latest due time is looked for, nearest first: a table of minutes is never walked for a year."""
_SAME_HOUR = 4_000
"""Due times of local clocks put back that may have to be passed over; a day put back has fewer."""


class Timetable(Protocol):
    """The due times of one schedule."""

    def next_after(self, moment_ms: int) -> int | None:
        """The first due time later than ``moment_ms``; None when there is none."""
        ...

    def latest(self, after_ms: int, until_ms: int) -> int | None:
        """The last due time later than ``after_ms`` and not later than ``until_ms``."""
        ...


class Never:
    """No due times: the task runs when somebody says so, or at start-up."""

    def next_after(self, moment_ms: int) -> int | None:
        """None."""
        return None

    def latest(self, after_ms: int, until_ms: int) -> int | None:
        """None."""
        return None


class Once(NamedTuple):
    """One due time."""

    due_ms: int

    def next_after(self, moment_ms: int) -> int | None:
        """The one, before it has come."""
        return self.due_ms if self.due_ms > moment_ms else None

    def latest(self, after_ms: int, until_ms: int) -> int | None:
        """The one, if it lies there."""
        return self.due_ms if after_ms < self.due_ms <= until_ms else None


class Every(NamedTuple):
    """Equal steps of absolute time; ``phase_ms`` keeps agents apart and stays the same over restarts."""

    step_ms: int
    phase_ms: int

    def next_after(self, moment_ms: int) -> int | None:
        """The next step."""
        return (moment_ms - self.phase_ms) // self.step_ms * self.step_ms + self.step_ms + self.phase_ms

    def latest(self, after_ms: int, until_ms: int) -> int | None:
        """The last step."""
        due = (until_ms - self.phase_ms) // self.step_ms * self.step_ms + self.phase_ms
        return due if due > after_ms else None


class Cron:
    """A cron expression of five fields by the clock of a time zone, with the habits of Debian's cron.

    A fixed time that a clock put forward leaves out is due right after the gap; one that a clock put back shows twice
    is due the first time only.
    """

    def __init__(self, expression: str, zone: tzinfo) -> None:
        """Raise CronSimError, ValueError or AssertionError for what is no expression."""
        CronSim(expression, datetime(2026, 1, 1, tzinfo=zone))
        self._expression = expression
        self._zone = zone

    def next_after(self, moment_ms: int) -> int | None:
        """The next match; None when none comes within 50 years."""
        return next(self._from(moment_ms), None)

    def latest(self, after_ms: int, until_ms: int) -> int | None:
        """The last match in between; looked for no further back than ten years."""
        for horizon in _HORIZONS:
            begin = max(after_ms, until_ms - horizon)
            found = None
            for due in itertools.takewhile(lambda due: due <= until_ms, self._from(begin)):
                found = due
            if found is not None or begin == after_ms:
                return found
        return None

    def _from(self, moment_ms: int) -> Iterator[int]:
        """Due times after ``moment_ms``, ascending."""
        passed_over = 0
        try:
            for local in CronSim(self._expression, datetime.fromtimestamp(moment_ms // 1000, self._zone)):
                due = int(local.timestamp()) * 1000
                if due > moment_ms:
                    yield due
                    moment_ms = due
                elif (passed_over := passed_over + 1) > _SAME_HOUR:
                    return
        except (OverflowError, ValueError, OSError):  # beyond the calendar's end
            return
