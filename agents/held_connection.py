"""The connection that stays open between call-ins in push mode: at most one, always ready for the next call-in."""

from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple

from agents.connection import Connection, Unreachable
from agents.deadline import Monotonic
from agents.mode import Mode
from agents.outcome import BUSY, Again, Done, Outcome
from agents.talk import Talk

LOOK_APART_S = 0.1
"""From a look that brought no hint to the next: whoever sends us noise costs us ten looks a second."""


class Look(Enum):
    """What a look at the held connection came to."""

    NOTHING = auto()
    HINT = auto()
    LOST = auto()


class Watch(NamedTuple):
    """What to wait for bytes on now, if anything; in how many seconds to ask again, None for whenever."""

    connection: Connection | None
    again_s: float | None = None


class HeldConnection:
    """Used by call-ins, looked at in between."""

    def __init__(self, mode: Callable[[], Mode], monotonic: Monotonic) -> None:
        self._mode = mode
        self._monotonic = monotonic
        self._not_before = 0.0
        self._since = 0.0
        self.talk: Talk | None = None
        """The session on the connection that is held now."""

    @property
    def wanted(self) -> bool:
        """True in push mode."""
        return self._mode() is Mode.PUSH

    @property
    def lasted_s(self) -> float:
        """For how long the connection has been held, or was held until it was lost just now."""
        return self._monotonic() - self._since

    def leave(self, talk: Talk, end: Done | Again) -> None:
        """A conversation has ended: hold its connection if push mode wants it, or hang up."""
        if not (self.wanted and talk.ready and isinstance(end, Done) and self._went_well(talk, end)):
            talk.hang_up()
            self.talk = None if talk is self.talk else self.talk
            return
        if talk is not self.talk:
            self.drop()
            talk.connection.keep_alive()
            self.talk, self._since = talk, self._monotonic()
        self._not_before = 0.0

    def drop(self) -> None:
        """Hang up, if anything is held."""
        if self.talk is not None:
            self.talk.hang_up()
            self.talk = None

    def watch(self) -> Watch:
        """After a hint nothing is read before the call-in that answers it: a flood stays in its sender's buffers."""
        if self.talk is None or self.talk.hinted:
            return Watch(None)
        pause = self._not_before - self._monotonic()
        return Watch(None, pause) if pause > 0 else Watch(self.talk.connection)

    def look(self) -> Look:
        """Read what is there, without waiting. A connection that broke is dropped."""
        if self.talk is None:
            return Look.NOTHING
        try:
            self.talk.overhear()
        except Unreachable:
            self.drop()
            return Look.LOST
        self._not_before = self._monotonic() + LOOK_APART_S
        return Look.HINT if self.talk.hinted else Look.NOTHING

    def _went_well(self, talk: Talk, done: Done) -> bool:
        """A server that is busy has not lost its agents: who holds a connection then stays."""
        return done.outcome is Outcome.ACCEPTED or (talk is self.talk and done.reason == BUSY)
