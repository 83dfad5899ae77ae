"""The agent that stays: calls in at start, at every interval and when asked, until it is told to end."""

import socket
from collections.abc import Callable
from typing import Protocol

from agents.control import BadRequest, read_request, send_result
from agents.deadline import Monotonic
from agents.outcome import Outcome, Result, Why
from agents.schedule import Schedule
from agents.waiting import Waiter, Wake


class Calls(Protocol):
    """Who calls in: a Caller."""

    def call_in(self, why: Why, *, full: bool = False) -> Result:
        """Everything an agent does when it calls in; OSError when its disk fails."""
        ...


class Runner:
    """The loop. Everything that waits is in ``waiter``; everything that happens is a call-in."""

    def __init__(
        self,
        caller: Calls,
        schedule: Schedule,
        waiter: Waiter,
        listener: socket.socket,
        monotonic: Monotonic,
        interval_s: Callable[[], int],
        say: Callable[[Result], None],
    ) -> None:
        self._caller = caller
        self._schedule = schedule
        self._waiter = waiter
        self._listener = listener
        self._monotonic = monotonic
        self._interval_s = interval_s
        self._say = say

    def run(self, first_within_s: float) -> None:
        """Return when told to end; a call-in under way is brought to its end."""
        why = Why.START
        due = self._monotonic() + self._schedule.first(first_within_s)
        while (wake := self._waiter.wait(due - self._monotonic())) is not Wake.END:
            if wake is Wake.CONTROL:
                result = self._asked()
            elif self._monotonic() >= due:
                result = self._call_in(why)
            else:
                continue
            if result is not None:
                # Asking again while pending is still the call-in of the start.
                why = why if result.outcome is Outcome.PENDING else Why.INTERVAL
                due = self._monotonic() + self._schedule.after(result, self._interval_s())

    def _asked(self) -> Result | None:
        peer, _ = self._listener.accept()
        with peer:
            try:
                full = read_request(peer)
            except BadRequest:
                return None
            result = self._call_in(Why.MANUAL, full=full)
            send_result(peer, result)
        return result

    def _call_in(self, why: Why, *, full: bool = False) -> Result:
        try:
            result = self._caller.call_in(why, full=full)
        except OSError as error:  # the disk: nothing was sent that is not stored; the next interval tries again
            result = Result(Outcome.FAILED, str(error), b"", 0, 0)
        self._say(result)
        return result
