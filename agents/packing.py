"""The bodies of an agent's packages (docs/protocol.md has the table)."""

from collections.abc import Sequence
from typing import Any

from agents.events import EventQueue
from agents.keep import Accepted
from agents.machine import Claims
from agents.member import Member
from agents.outcome import Why
from agents.property_set import change_between
from wire.codec import Codec
from wire.fork_claim import fork_field
from wire.install_ticket import ticket_field
from wire.types import AgentType

BATCH_EVENTS = 500
BATCH_BYTES = 256 * 1024
"""Of one EventUpload, before compression; a single event may be 64 KiB."""


def registration_request(member: Member, claims: Claims, ticket: bytes = b"") -> dict[str, Any]:
    """A RegistrationRequest; names the id this agent had, shows its ticket, proves which keys it had before."""
    identity, state = member.identity, member.keep.state
    content: dict[str, Any] = {"key": identity.public_der, "algorithms": list(member.algorithms), **claims._asdict()}
    if member.keys is not None and (handovers := member.keys.succession()):
        content["succession"] = [list(each) for each in handovers]
    if state.agent_id:
        content["agent_id"] = state.agent_id
    if ticket:
        content["ticket"] = ticket_field(ticket, identity.fingerprint)
    if state.forked_key:
        content["fork_of"] = fork_field(state.forked_key, state.fork_proof)
    return content


def unchanged(why: Why) -> dict[str, Any]:
    """A PropsVersion: the state hash in the header says the rest; the ordinary reason goes without saying."""
    return {} if why is Why.INTERVAL else {"why": str(why)}


def full_properties(why: Why, properties: dict[str, Any]) -> dict[str, Any]:
    """A FullProps."""
    return {"why": str(why), "properties": properties}


def changed_or_full(
    codec: Codec, why: Why, accepted: Accepted, properties: dict[str, Any]
) -> tuple[AgentType, dict[str, Any]]:
    """An IncProps on what the server holds; FullProps when the change would be no smaller."""
    change = change_between(codec, accepted.properties, properties)
    delta = {"why": str(why), "base": accepted.hash, "set": change.set, "gone": change.gone}
    whole = full_properties(why, properties)
    if len(codec.encode(delta)) < len(codec.encode(whole)):
        return AgentType.INC_PROPS, delta
    return AgentType.FULL_PROPS, whole


def event_batch(codec: Codec, queue: EventQueue, ids: Sequence[bytes]) -> tuple[int, dict[str, Any]]:
    """The next EventUpload of ``ids`` and how many of them it uses up; an empty map when none of those can be read."""
    size = 0
    events: list[dict[str, Any]] = []
    for event in queue.read(ids[:BATCH_EVENTS]):
        plain = event.to_plain()
        size += len(codec.encode(plain))
        if events and size > BATCH_BYTES:
            return list(ids).index(event.id), {"events": events}
        events.append(plain)
    return min(len(ids), BATCH_EVENTS), {"events": events} if events else {}
