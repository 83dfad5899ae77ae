"""When the next call-in is due, and why: of the interval, of a hint, or because the held connection broke."""

from collections.abc import Callable

from agents.deadline import Monotonic
from agents.outcome import Outcome, Result, Why
from agents.schedule import Schedule

HINTS_APART_S = 1.0
"""From one call-in to the next that a hint asks for: many hints are one."""


class Agenda:
    """One date at a time; what comes up in between can only bring it forward."""

    def __init__(self, schedule: Schedule, monotonic: Monotonic, interval_s: Callable[[], int]) -> None:
        self._schedule = schedule
        self._monotonic = monotonic
        self._interval_s = interval_s
        self._ended = 0.0
        self._due = 0.0
        self.why = Why.START

    def start(self, first_within_s: float) -> None:
        """The process begins."""
        self._due = self._monotonic() + self._schedule.first(first_within_s)
        self._ended = self._monotonic() - HINTS_APART_S

    def in_s(self) -> float:
        """Seconds until the next call-in; 0 or less when it is due."""
        return self._due - self._monotonic()

    def ended(self, result: Result) -> None:
        """A call-in has ended."""
        self._ended = self._monotonic()
        # Asking again while pending is still the call-in of the start.
        self.why = self.why if result.outcome is Outcome.PENDING else Why.INTERVAL
        self._due = self._ended + self._schedule.after(result, self._interval_s())

    def hinted(self) -> None:
        """The server has something for this agent."""
        self._sooner(max(self._monotonic(), self._ended + HINTS_APART_S), Why.WAKE_UP)

    def broken(self, lasted_s: float) -> None:
        """The connection to be held broke, or could not be had: ``lasted_s`` 0."""
        self._sooner(self._monotonic() + self._schedule.back(lasted_s, self._interval_s()), Why.RECONNECT)

    def _sooner(self, due: float, why: Why) -> None:
        if due < self._due:
            self._due, self.why = due, why
