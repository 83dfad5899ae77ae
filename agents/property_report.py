"""What one call-in says of the machine's properties: nothing new, what changed, or all of them."""

from typing import Any

from agents.member import Member
from agents.outcome import Why
from agents.packing import changed_or_full, full_properties, unchanged
from agents.property_set import hash_of
from wire.types import AgentType


class PropertyReport:
    """Said once a call-in, and again in full when the server asks for it. ``hash`` names the set that is told of."""

    def __init__(self, member: Member, properties: dict[str, Any], why: Why, *, full: bool) -> None:
        self._member = member
        self._properties = properties
        self._why = why
        self._full = full
        self._asked = False
        self.said = False
        self.hash = hash_of(member.codec, member.identity.salt, properties)

    def say(self) -> tuple[AgentType, dict[str, Any]]:
        """The package that tells of the properties, given what the server has of them."""
        self.said = True
        accepted, state = self._member.keep.accepted(), self._member.keep.state
        if state.refused_hash == self.hash and not self._full:
            # The server will not take these: they are not sent again before they change or a person asks for it.
            self._asked = True
            self.hash = accepted.hash if accepted else bytes(len(self.hash))
            return AgentType.PROPS_VERSION, unchanged(self._why)
        if accepted is None or self._full:
            return AgentType.FULL_PROPS, full_properties(self._why, self._properties)
        if accepted.hash == self.hash:
            return AgentType.PROPS_VERSION, unchanged(self._why)
        return changed_or_full(self._member.codec, self._why, accepted, self._properties)

    def wanted_in_full(self) -> None:
        """The server asks for the whole set; it is given once in a call-in."""
        self._full, self.said = True, self._asked
        self._asked = True

    def begin_anew(self, *, said: bool) -> None:
        """Nobody holds anything of this key; ``said``: what is in flight goes first."""
        self._full, self.said = True, said

    def refused(self) -> None:
        """The server will not take this set for what it is."""
        self.said = True
        self._member.keep.state.refused_hash = self.hash
