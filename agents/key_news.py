"""KeyUpdate: more server keys than fit beside an answer. They are stored, and the package goes out once more."""

from typing import TypeVar

from agents.member import Member
from agents.outcome import Done, Outcome
from wire.agent_session import Answered, Outgoing
from wire.refusals import Reason

S = TypeVar("S")


class KeyNews:
    """One call-in's part in it. Each time the root key must have vouched for a newer key: so there is an end."""

    def __init__(self, member: Member) -> None:
        self._member = member
        self._last: Outgoing | None = None
        self._newest = 0

    def sent(self, step: S) -> S:
        """Remember a package that goes out, and the newest server key it names."""
        if isinstance(step, Outgoing):
            self._last, self._newest = step, self._member.trust.newest_version
        return step

    def told(self) -> Outgoing | Done:
        """The session has taken the certificates that the root key signed; go on in it."""
        if self._last is None or self._member.trust.newest_version <= self._newest:
            return Done(Outcome.REFUSED, Reason.KEY_UPDATE_REQUIRED)
        self._store()
        self._member.keep.save()
        return self._last

    def take_note(self, event: Answered) -> None:
        """A signed answer came: its time and epoch, and whatever certificates stood beside it."""
        state = self._member.keep.state
        state.server_time_ms, state.epoch = max(state.server_time_ms, event.server_time_ms), event.epoch
        self._store()

    def _store(self) -> None:
        """Take what is trusted into the state."""
        state, trust = self._member.keep.state, self._member.trust
        state.certificates = trust.pairs
        state.minimum_version = max(state.minimum_version, trust.minimum_version)
