"""The agent that stays: calls in at start, at every interval and when asked, until it is told to end."""

import socket
from collections.abc import Callable, Mapping
from typing import Protocol

from agents.agenda import Agenda
from agents.control import CALL_IN, BadRequest, Request, read_request, send_result, send_told
from agents.deadline import Monotonic
from agents.held_connection import Look
from agents.outcome import Outcome, Result, Why
from agents.schedule import Schedule
from agents.waiting import Waiter, Wake


class Calls(Protocol):
    """Who calls in: a Caller."""

    def call_in(self, why: Why, *, full: bool = False) -> Result:
        """Everything an agent does when it calls in; OSError when its disk fails."""
        ...


class Holds(Protocol):
    """What is held between call-ins: a HeldConnection."""

    @property
    def wanted(self) -> bool:
        """True in push mode."""
        ...

    @property
    def lasted_s(self) -> float:
        """For how long the connection was held that was lost just now."""
        ...

    def look(self) -> Look:
        """Read what is there, without waiting."""
        ...


class Errand(Protocol):
    """A call-in that a task wants."""

    @property
    def full(self) -> bool:
        """With all properties."""
        ...

    def done(self, went: str) -> None:
        """Tell how it went."""
        ...


class Tasks(Protocol):
    """What is run between call-ins: a TaskBoard."""

    def attend(self) -> bool:
        """Report what ended, start what is due; True when a run ended."""
        ...

    def wait_s(self) -> float:
        """Seconds until it has something to do."""
        ...

    def errand(self) -> Errand | None:
        """The next call-in wanted."""
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
        held: Holds,
        tasks: Tasks,
        by_hand: Mapping[str, Callable[[str], str]] | None = None,
    ) -> None:
        """``by_hand``: what besides calling in a person may ask for through the listener, by verb."""
        self._caller = caller
        self._agenda = Agenda(schedule, monotonic, interval_s)
        self._waiter = waiter
        self._listener = listener
        self._say = say
        self._held = held
        self._tasks = tasks
        self._by_hand = by_hand or {}

    def run(self, first_within_s: float) -> None:
        """Return when told to end; a call-in under way is brought to its end."""
        agenda = self._agenda
        agenda.start(first_within_s)
        self._attend()
        while (wake := self._waiter.wait(min(agenda.in_s(), self._tasks.wait_s()))) is not Wake.END:
            result = None
            if wake is Wake.CONTROL:
                result = self._asked()
            elif wake is Wake.HELD:
                self._heed()
            elif agenda.in_s() <= 0:
                result = self._call_in(agenda.why)
            if result is not None:
                self._ended(result)
            self._run_errands()
            self._attend()

    def _attend(self) -> None:
        if self._tasks.attend():
            self._agenda.run_ended()

    def _run_errands(self) -> None:
        while (errand := self._tasks.errand()) is not None:
            result = self._call_in(Why.TASK, full=errand.full)
            errand.done(str(result.outcome))
            self._ended(result)

    def _ended(self, result: Result) -> None:
        self._agenda.ended(result)
        if self._held.wanted and result.outcome is Outcome.UNREACHABLE:
            self._agenda.broken(0)
        self._heed()  # a hint that came with the last answer makes no descriptor readable any more

    def _heed(self) -> None:
        match self._held.look():
            case Look.HINT:
                self._agenda.hinted()
            case Look.LOST:
                self._agenda.broken(self._held.lasted_s)

    def _asked(self) -> Result | None:
        peer, _ = self._listener.accept()
        with peer:
            try:
                request = read_request(peer)
            except BadRequest:
                return None
            if request.do != CALL_IN:
                send_told(peer, self._done_by_hand(request))
                return None
            result = self._call_in(Why.MANUAL, full=request.full)
            send_result(peer, result)
        return result

    def _done_by_hand(self, request: Request) -> str:
        verb = self._by_hand.get(request.do)
        if verb is None:
            return "this agent cannot do that"
        try:
            return verb(request.name)
        except OSError as error:  # the disk
            return f"failed: {error}"

    def _call_in(self, why: Why, *, full: bool = False) -> Result:
        try:
            result = self._caller.call_in(why, full=full)
        except OSError as error:  # the disk: nothing was sent that is not stored; the next interval tries again
            result = Result(Outcome.FAILED, str(error), b"", 0, 0)
        self._say(result)
        return result
