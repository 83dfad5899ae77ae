"""What each numbered package type means: content in, decision out; one table, plain functions."""

from collections.abc import Callable
from typing import Any

from domain import diary
from domain.diary import Decision
from handlers.known_key import KnownKey
from wire.codec import MalformedBody
from wire.headers import AgentHeader
from wire.held import Held, read_held
from wire.types import AgentType

MAX_EVENTS = 10_000
MAX_EVENT_TYPE = 64
EVENT_ID_SIZE = 16
BASE_SIZE = 8
_KINDS: dict[type, str] = {dict: "a map", list: "a list", bytes: "a bin", str: "a str", int: "an int"}
"""What docs/protocol.md calls them."""
Handler = Callable[[KnownKey, AgentHeader, dict[str, Any]], Decision]


def called_in(known: KnownKey, header: AgentHeader, content: dict[str, Any]) -> Decision:
    """An idle call-in: accepted when the server holds the properties that the state hash names.

    Without ``why`` the agent's interval elapsed: the most frequent package has an empty body.
    """
    _check_about(content)
    return _in_step(known, header)


def full_properties(known: KnownKey, header: AgentHeader, content: dict[str, Any]) -> Decision:
    """The whole property set replaces what was held."""
    _check_about(content)
    _expect(content, "properties", dict)
    return Decision.ACCEPTED


def property_changes(known: KnownKey, header: AgentHeader, content: dict[str, Any]) -> Decision:
    """A delta fits only on the properties it names as its base; otherwise the full set is asked for."""
    _check_about(content)
    _expect(content, "set", dict)
    if not all(isinstance(each, str) for each in _expect(content, "gone", list)):
        raise MalformedBody("`gone` must be a list of str")
    base = _expect_size(content, "base", BASE_SIZE)
    return Decision.ACCEPTED if base == known.accepted_hash else Decision.PROPERTIES_WANTED


def events_delivered(known: KnownKey, header: AgentHeader, content: dict[str, Any]) -> Decision:
    """Events the agent kept until now; they are delivered when this is answered."""
    events = _expect(content, "events", list)
    if len(events) > MAX_EVENTS:
        raise MalformedBody(f"at most {MAX_EVENTS} events go into one package")
    for each in events:
        _check_event(each)
    return _in_step(known, header)


HANDLERS: dict[int, tuple[str, Handler]] = {
    AgentType.PROPS_VERSION: (diary.CALLED_IN, called_in),
    AgentType.FULL_PROPS: (diary.PROPERTIES_REPORTED, full_properties),
    AgentType.INC_PROPS: (diary.PROPERTIES_REPORTED, property_changes),
    AgentType.EVENT_UPLOAD: (diary.EVENTS_DELIVERED, events_delivered),
}
"""Stored name and handler of each numbered package type this server knows."""


TELL_WHAT_IS_HELD = frozenset({AgentType.PROPS_VERSION, AgentType.FULL_PROPS, AgentType.INC_PROPS})
"""Types that may say what the agent holds, and whose answer may bring what it lacks."""


def what_is_held(header: AgentHeader, content: dict[str, Any]) -> Held | None:
    """The agent's statement, if the package makes one; MalformedBody when it cannot be read."""
    return read_held(content["held"]) if header.type in TELL_WHAT_IS_HELD and "held" in content else None


def _in_step(known: KnownKey, header: AgentHeader) -> Decision:
    same = known.accepted_hash == header.properties_hash
    return Decision.ACCEPTED if same else Decision.PROPERTIES_WANTED


def size_announced(content: dict[str, Any]) -> int:
    """What a Hello says: bytes of the body that will follow. MalformedBody when it does not say it."""
    size: int = _expect(content, "size", int)
    if size < 0:
        raise MalformedBody("`size` must not be negative")
    return size


def _check_event(event: object) -> None:
    if not isinstance(event, dict):
        raise MalformedBody("an event must be a map")
    _expect_size(event, "id", EVENT_ID_SIZE)
    if not 1 <= len(_expect(event, "type", str)) <= MAX_EVENT_TYPE:
        raise MalformedBody(f"`type` must have 1 to {MAX_EVENT_TYPE} characters")
    _expect(event, "time", int)
    _expect(event, "data", dict)


def _check_about(content: dict[str, Any]) -> None:
    """What every package about properties may say besides."""
    _check_why(content)
    if "rhythm" in content:
        rhythm = _expect(content, "rhythm", dict)
        if _expect(rhythm, "interval_s", int) < 1:
            raise MalformedBody("`interval_s` must be at least 1")
        _expect(rhythm, "mode", str)


def _check_why(content: dict[str, Any]) -> None:
    if "why" in content:
        _expect(content, "why", str)


def _expect_size(content: dict[str, Any], name: str, size: int) -> bytes:
    value: bytes = _expect(content, name, bytes)
    if len(value) != size:
        raise MalformedBody(f"`{name}` must have {size} bytes, not {len(value)}")
    return value


def _expect(content: dict[str, Any], name: str, kind: type) -> Any:
    """A required field; the agent's author knows the kinds by the protocol's names, not by Python's."""
    if name not in content:
        raise MalformedBody(f"`{name}` is missing")
    value = content[name]
    # To Python a bool is an int, to the protocol it is not.
    if not isinstance(value, kind) or isinstance(value, bool):
        raise MalformedBody(f"`{name}` must be {_KINDS[kind]}")
    return value
