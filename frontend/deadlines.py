"""How long a connection may stay in each phase.

Every phase has one duration, so its connections stand in the order of their deadlines: entering a phase is two
dictionary operations, and who looks for expired ones sees only the oldest. (A timer of the reactor's for each
connection would cost memory, and bringing one forward searches all of them.)
"""

from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Generic, Protocol, TypeVar

from frontend.limits import Limits
from frontend.timing import Timer


class Phase(IntEnum):
    """What a connection is waiting for."""

    HANDSHAKE = 0
    FIRST_FRAME = 1
    MIDWAY = 2
    ANSWER = 3
    IDLE = 4
    CLOGGED = 5
    CLOSING = 6


class Timed(Protocol):
    """A connection, as far as its deadlines go."""

    phase: Phase | None

    def expired(self, phase: Phase) -> None:
        """The time allowed in this phase is over."""


T = TypeVar("T", bound=Timed)


class Deadlines(Generic[T]):
    """All connections, each in one phase, oldest first."""

    def __init__(self, timer: Timer, limits: Limits) -> None:
        self._timer = timer
        self._allowed_s = _durations(limits)
        self._entered: list[dict[T, float]] = [{} for _ in Phase]

    def __len__(self) -> int:
        return sum(len(entered) for entered in self._entered)

    def __iter__(self) -> Iterator[T]:
        """A snapshot: connections may come and go while it is walked."""
        return iter([who for entered in self._entered for who in entered])

    def enter(self, who: T, phase: Phase) -> None:
        """Leave the phase before and begin this one, also when it is the same."""
        if who.phase is not None:
            self._entered[who.phase].pop(who, None)
        self._entered[phase][who] = self._timer.seconds()
        who.phase = phase

    def leave(self, who: T) -> None:
        """The connection is gone."""
        if who.phase is not None:
            self._entered[who.phase].pop(who, None)
            who.phase = None

    def count(self, phase: Phase) -> int:
        """How many connections are in a phase."""
        return len(self._entered[phase])

    def look(self) -> None:
        """Tell those whose time is over."""
        now = self._timer.seconds()
        for phase, allowed_s in self._allowed_s.items():
            for who in self._overdue(phase, now - allowed_s):
                # An earlier one of this list may have ended this one.
                if who.phase is phase:
                    who.expired(phase)

    def _overdue(self, phase: Phase, entered_before: float) -> list[T]:
        overdue: list[T] = []
        for who, entered in self._entered[phase].items():
            if entered > entered_before:
                break
            overdue.append(who)
        return overdue


def _durations(limits: Limits) -> Mapping[Phase, float]:
    return {
        Phase.HANDSHAKE: limits.handshake_s,
        Phase.FIRST_FRAME: limits.first_frame_s,
        Phase.MIDWAY: limits.midway_s,
        Phase.ANSWER: limits.answer_s,
        Phase.IDLE: limits.idle_s,
        Phase.CLOGGED: limits.clogged_s,
        Phase.CLOSING: limits.closing_s,
    }
