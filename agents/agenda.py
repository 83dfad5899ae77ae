"""When the next call-in is due, and why: of the interval, of a hint, or because the held connection broke."""

from collections.abc import Callable

from agents.deadline import Monotonic
from agents.outcome import Outcome, Result, Why
from agents.schedule import Schedule

HINTS_APART_S = 1.0
"""From one call-in to the next that a hint asks for: many hints are one."""
RESULTS_APART_S = 60.0
"""From one call-in for the results of runs to the next, however many runs end."""


class Agenda:
    """One date at a time; what comes up in between can only bring it forward."""

    def __init__(self, schedule: Schedule, monotonic: Monotonic, interval_s: Callable[[], int]) -> None:
        self._schedule = schedule
        self._monotonic = monotonic
        self._interval_s = interval_s
        self._ended = 0.0
        self._due = 0.0
        self._results = float("-inf")
        self._results_wait = False
        self._welcome = False
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
        if self._results_wait:
            self._results = self._ended
        self._results_wait, self._welcome = False, result.outcome is Outcome.ACCEPTED
        # Asking again while pending is still the call-in of the start.
        self.why = self.why if result.outcome is Outcome.PENDING else Why.INTERVAL
        self._due = self._ended + self._schedule.after(result, self._interval_s())

    def hinted(self) -> None:
        """The server has something for this agent."""
        self._sooner(max(self._monotonic(), self._ended + HINTS_APART_S), Why.WAKE_UP)

    def run_ended(self) -> None:
        """A run of a task has a result, which is not kept until the interval; many that end meanwhile are one.

        Who was refused, reached nobody or was told to wait heeds that: the next call-in has the result.
        """
        if self._welcome and not self._results_wait:
            self._results_wait = True
            soon = self._monotonic() + self._schedule.soon()
            self._sooner(max(soon, self._results + RESULTS_APART_S), Why.TASK)

    def broken(self, lasted_s: float) -> None:
        """The connection to be held broke, or could not be had: ``lasted_s`` 0."""
        self._sooner(self._monotonic() + self._schedule.back(lasted_s, self._interval_s()), Why.RECONNECT)

    def _sooner(self, due: float, why: Why) -> None:
        if due < self._due:
            self._due, self.why = due, why
