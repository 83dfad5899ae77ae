"""What makes the body of a package malformed: a required field missing, or a field of another kind."""

from typing import Any

import pytest

from domain.diary import Decision
from handlers.content import MAX_EVENT_TYPE
from wire.types import AgentType
from worker_room import SpeakingAgent, WorkerRoom

HASH = b"propertieshash-!"
EVENT = {"id": bytes(16), "type": "ServiceFailed", "time": 1_767_232_800_000, "data": {"service": "cron"}}
DELTA = {"base": HASH[:8], "set": {"ram": 32}, "gone": ["disk"]}


def without(content: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key != name}


def test_events_with_all_their_fields_are_taken(allowed: SpeakingAgent) -> None:
    longest = {**EVENT, "type": "X" * MAX_EVENT_TYPE, "time": -1, "data": {}, "unknown": 5}

    spoken = allowed.say(allowed.package(AgentType.EVENT_UPLOAD, {"events": [EVENT, longest]}, 1))

    assert (spoken.content, spoken.next_number) == ({"full": True}, 2)


@pytest.mark.parametrize(
    ("event", "detail"),
    [
        (without(EVENT, "id"), "`id` is missing"),
        ({**EVENT, "id": "0" * 16}, "`id` must be a bin"),
        ({**EVENT, "id": bytes(15)}, "`id` must have 16 bytes, not 15"),
        (without(EVENT, "type"), "`type` is missing"),
        ({**EVENT, "type": b"ServiceFailed"}, "`type` must be a str"),
        ({**EVENT, "type": ""}, "`type` must have 1 to 64 characters"),
        ({**EVENT, "type": "X" * 65}, "`type` must have 1 to 64 characters"),
        (without(EVENT, "time"), "`time` is missing"),
        ({**EVENT, "time": True}, "`time` must be an int"),
        ({**EVENT, "time": 1.5}, "`time` must be an int"),
        (without(EVENT, "data"), "`data` is missing"),
        ({**EVENT, "data": None}, "`data` must be a map"),
        ({**EVENT, "data": []}, "`data` must be a map"),
        ("ServiceFailed", "an event must be a map"),
    ],
)
def test_one_malformed_event_refuses_the_whole_upload(
    room: WorkerRoom, allowed: SpeakingAgent, event: object, detail: str
) -> None:
    spoken = allowed.say(allowed.package(AgentType.EVENT_UPLOAD, {"events": [EVENT, event]}, 1))

    assert (spoken.content, spoken.next_number) == ({"reason": "malformed", "detail": detail}, 2)
    assert [each.facts["decision"] for each in room.events("Diary.ContentRefused")] == [Decision.MALFORMED]


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (AgentType.PROPS_VERSION, {}),
        (AgentType.FULL_PROPS, {"properties": {}}),
        (AgentType.INC_PROPS, DELTA),
    ],
)
@pytest.mark.parametrize("why", [None, 5, b"start"])
def test_a_why_of_another_kind_is_malformed_and_none_at_all_is_not(
    allowed: SpeakingAgent, kind: AgentType, content: dict[str, Any], why: object
) -> None:
    refused = allowed.say(allowed.package(kind, {**content, "why": why}, 1, HASH))
    taken = allowed.say(allowed.package(kind, content, 2, HASH))

    assert refused.content == {"reason": "malformed", "detail": "`why` must be a str"}
    assert "reason" not in taken.content


@pytest.mark.parametrize(
    ("kind", "content", "detail"),
    [
        (AgentType.FULL_PROPS, {}, "`properties` is missing"),
        (AgentType.FULL_PROPS, {"properties": []}, "`properties` must be a map"),
        (AgentType.INC_PROPS, without(DELTA, "base"), "`base` is missing"),
        (AgentType.INC_PROPS, {**DELTA, "base": HASH}, "`base` must have 8 bytes, not 16"),
        (AgentType.INC_PROPS, {**DELTA, "base": b""}, "`base` must have 8 bytes, not 0"),
        (AgentType.INC_PROPS, {**DELTA, "set": None}, "`set` must be a map"),
        (AgentType.INC_PROPS, {**DELTA, "gone": {}}, "`gone` must be a list"),
        (AgentType.INC_PROPS, {**DELTA, "gone": [5]}, "`gone` must be a list of str"),
        (AgentType.EVENT_UPLOAD, {"events": {}}, "`events` must be a list"),
        (AgentType.EVENT_UPLOAD, {"events": None}, "`events` must be a list"),
    ],
)
def test_the_detail_names_the_field_and_the_protocols_kind(
    allowed: SpeakingAgent, kind: AgentType, content: dict[str, Any], detail: str
) -> None:
    spoken = allowed.say(allowed.package(kind, content, 1, HASH))

    assert spoken.content == {"reason": "malformed", "detail": detail}


def test_a_repeat_of_a_refused_package_is_refused_again_without_a_detail(
    room: WorkerRoom, allowed: SpeakingAgent
) -> None:
    package = allowed.package(AgentType.EVENT_UPLOAD, {"events": 5}, 1)
    allowed.say(package)
    allowed.say(allowed.call_in(2))
    head = room.log.head()

    again = allowed.say(package)

    assert (again.content, again.next_number) == ({"reason": "malformed", "detail": ""}, 3)
    assert room.log.head() == head


def test_a_change_may_name_unknown_properties_and_one_both_set_and_gone(allowed: SpeakingAgent) -> None:
    allowed.say(allowed.full_properties(1, {"ram": 16}, HASH))
    change = {"base": HASH[:8], "set": {"ram": 32}, "gone": ["ram", "never held"]}

    assert allowed.say(allowed.package(AgentType.INC_PROPS, change, 2, b"other properties")).content == {}


@pytest.mark.parametrize(
    ("number", "what"), [(8, "type 8 is reserved"), (9, "type 9 is reserved"), (77, "type 77 is not known here")]
)
def test_reserved_types_are_told_from_unknown_ones(allowed: SpeakingAgent, number: int, what: str) -> None:
    spoken = allowed.say(allowed.package(number, {}, 1))

    assert spoken.content == {"reason": "unsupported_type", "detail": what}


@pytest.mark.parametrize(
    ("content", "flags", "detail"),
    [
        ({}, 0, "`size` is missing"),
        ({"size": "9000"}, 0, "`size` must be an int"),
        ({"size": True}, 0, "`size` must be an int"),
        ({"size": -1}, 0, "`size` must not be negative"),
        ({"size": 9000}, 2, "unknown flags 0x02"),
    ],
)
def test_a_hello_that_cannot_be_read_uses_no_number_and_is_recorded_once_an_hour(
    room: WorkerRoom, allowed: SpeakingAgent, content: dict[str, Any], flags: int, detail: str
) -> None:
    hello = allowed.package(AgentType.HELLO, content, 0)._replace(flags=flags)

    first, second = allowed.say(hello), allowed.say(hello)

    assert first.content == second.content == {"reason": "number_not_allowed", "detail": detail}
    assert first.next_number == 1
    assert [each.facts["reason"] for each in room.events("Registration.PackageRefused")] == ["number_not_allowed"]


def test_a_timestamp_is_malformed_in_the_protocols_words(allowed: SpeakingAgent) -> None:
    package = allowed.package(AgentType.FULL_PROPS, {"properties": {}}, 1)
    timestamped = package._replace(body=b"\x81\xaaproperties\x81\xa1a\xd6\xff\x00\x00\x00\x00")

    spoken = allowed.say(timestamped)

    assert spoken.content["detail"] == "extension types are not allowed, timestamps neither"


@pytest.mark.parametrize(
    ("rhythm", "detail"),
    [
        ("hourly", "`rhythm` must be a map"),
        ({"mode": "push"}, "`interval_s` is missing"),
        ({"interval_s": 60.0, "mode": "push"}, "`interval_s` must be an int"),
        ({"interval_s": True, "mode": "push"}, "`interval_s` must be an int"),
        ({"interval_s": 0, "mode": "push"}, "`interval_s` must be at least 1"),
        ({"interval_s": 60}, "`mode` is missing"),
        ({"interval_s": 60, "mode": 1}, "`mode` must be a str"),
    ],
)
@pytest.mark.parametrize("kind", [AgentType.PROPS_VERSION, AgentType.FULL_PROPS, AgentType.INC_PROPS])
def test_a_rhythm_that_is_none_is_malformed(
    allowed: SpeakingAgent, kind: AgentType, rhythm: object, detail: str
) -> None:
    spoken = allowed.say(allowed.package(kind, {**DELTA, "properties": {}, "rhythm": rhythm}, 1, HASH))

    assert spoken.content == {"reason": "malformed", "detail": detail}


def test_a_rhythm_may_have_a_mode_of_a_later_version(allowed: SpeakingAgent) -> None:
    spoken = allowed.say(
        allowed.package(AgentType.PROPS_VERSION, {"rhythm": {"interval_s": 2**40, "mode": "satellite"}}, 1)
    )

    assert spoken.next_number == 2
