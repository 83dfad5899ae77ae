"""How often an agent that stays calls in, and whether it holds its connection: said to the server when it changes."""

from typing import Any

from agents.member import Member
from agents.state import InFlight
from wire.types import AgentType

FIELD = "rhythm"


def rhythm_field(member: Member, kind: AgentType) -> dict[str, Any]:
    """What a package about properties says besides: the rhythm, when it is not the one that was delivered last.

    With all properties it is said anew: the server may have lost what it knew. Who calls in once has none.
    """
    rhythm = member.rhythm()
    if rhythm is None or (kind is not AgentType.FULL_PROPS and rhythm == member.keep.state.rhythm_told):
        return {}
    interval_s, mode = rhythm
    return {FIELD: {"interval_s": interval_s, "mode": mode}}


def rhythm_delivered(member: Member, package: InFlight) -> None:
    """A package of this agent's was taken."""
    if (said := member.content_of(package).get(FIELD)) is not None:
        member.keep.state.rhythm_told = (said["interval_s"], said["mode"])
