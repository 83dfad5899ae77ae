"""What each numbered package type means: content in, decision out; one table, plain functions."""

from collections.abc import Callable
from typing import Any

from domain import diary
from domain.diary import Decision
from handlers.known_key import KnownKey
from wire.codec import MalformedBody
from wire.headers import AgentHeader
from wire.types import AgentType

MAX_EVENTS = 10_000
Handler = Callable[[KnownKey, AgentHeader, dict[str, Any]], Decision]


def called_in(known: KnownKey, header: AgentHeader, content: dict[str, Any]) -> Decision:
    """An idle call-in: accepted when the server holds the properties that the state hash names.

    Without ``why`` the agent's interval elapsed: the most frequent package has an empty body.
    """
    if "why" in content:
        _expect(content, "why", str)
    return _in_step(known, header)


def full_properties(known: KnownKey, header: AgentHeader, content: dict[str, Any]) -> Decision:
    """The whole property set replaces what was held."""
    _expect(content, "properties", dict)
    return Decision.ACCEPTED


def property_changes(known: KnownKey, header: AgentHeader, content: dict[str, Any]) -> Decision:
    """A delta fits only on the properties it names as its base; otherwise the full set is asked for."""
    _expect(content, "set", dict)
    gone = _expect(content, "gone", list)
    if not all(isinstance(each, str) for each in gone):
        raise MalformedBody("`gone` is a list of property names")
    base = _expect(content, "base", bytes)
    return Decision.ACCEPTED if base == known.accepted_hash else Decision.PROPERTIES_WANTED


def events_delivered(known: KnownKey, header: AgentHeader, content: dict[str, Any]) -> Decision:
    """Events the agent kept until now; they are delivered when this is answered."""
    events = _expect(content, "events", list)
    if len(events) > MAX_EVENTS:
        raise MalformedBody(f"at most {MAX_EVENTS} events go into one package")
    for each in events:
        if not isinstance(each, dict):
            raise MalformedBody("an event is a map")
        _expect(each, "type", str)
        _expect(each, "time", int)
    return _in_step(known, header)


HANDLERS: dict[int, tuple[str, Handler]] = {
    AgentType.PROPS_VERSION: (diary.CALLED_IN, called_in),
    AgentType.FULL_PROPS: (diary.PROPERTIES_REPORTED, full_properties),
    AgentType.INC_PROPS: (diary.PROPERTIES_REPORTED, property_changes),
    AgentType.EVENT_UPLOAD: (diary.EVENTS_DELIVERED, events_delivered),
}
"""Stored name and handler of each numbered package type this server knows."""


def _in_step(known: KnownKey, header: AgentHeader) -> Decision:
    same = known.accepted_hash == header.properties_hash
    return Decision.ACCEPTED if same else Decision.PROPERTIES_WANTED


def _expect(content: dict[str, Any], name: str, kind: type) -> Any:
    value = content.get(name)
    if not isinstance(value, kind):
        raise MalformedBody(f"`{name}` is missing or not a {kind.__name__}")
    return value
