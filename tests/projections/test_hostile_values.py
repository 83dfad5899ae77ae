"""Nothing a machine says stops a projection or comes out as anything but data."""

import json
import math
import random
from typing import Any

import pytest

from domain import diary
from domain.diary import Decision
from projections.claims import json_text, text, texts, whole
from projections.reports.registration_filter import Where
from projections.reports.shown import time_text
from tests.projections.under_test import Room
from wire.types import AgentType

HOSTILE_NAMES = [
    "",
    "\0",
    "a\0b",
    "x" * 100_000,
    "'; DROP TABLE agents; --",
    "\x1b[31m",
    "=1+1",
    "İ",
    "%_!",
    "{agents}",
]


def nothing_is_parked(room: Room) -> bool:
    return all(each["parked"] == 0 for each in room.reports().projections())


def test_the_longest_texts_that_do_not_compress_fit_every_index(room: Room) -> None:
    drawn = random.Random(1)
    longest = ["".join(chr(drawn.randrange(0x20000, 0x2A000)) for _ in range(255)) for _ in range(6)]
    name, domain, system, user, kind, value = longest
    machine = room.fleet.register(name, domain=domain, os=system, user=user, resource_keys={kind: value})
    room.fleet.allow(machine, by=f"operator:{value}")

    room.catch_up()

    assert nothing_is_parked(room)
    found = room.reports().registrations(where=Where(domain=domain, resource_key=value, decided_by=f"operator:{value}"))
    assert [row["name"] for row in found.items] == [name]


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=range(len(HOSTILE_NAMES)))
def test_any_name_is_kept_as_data_and_found_again(room: Room, name: str) -> None:
    room.fleet.register(name, os=name, addresses=[name, name], resource_keys={name: name})

    room.catch_up()

    assert nothing_is_parked(room)
    [row] = room.reports().registrations().items
    assert row["name"] == name[:255].replace("\0", "\ufffd")
    assert json.loads(json.dumps(row)) == row
    assert room.reports().registrations(name=row["name"]).items == [row]


@pytest.mark.parametrize("claims", [{"user": 5}, {"addresses": "no list"}, {"resource_keys": None}, {"os": b"bytes"}])
def test_claims_of_the_wrong_kind_are_left_out(room: Room, claims: dict[str, Any]) -> None:
    room.fleet.register("alpha", **claims)

    room.catch_up()

    assert nothing_is_parked(room)
    assert len(room.reports().registrations().items) == 1


def test_strange_properties_come_out_as_json(room: Room) -> None:
    machine = room.fleet.register()
    strange = {"bytes": b"\xff\x00", "nan": math.nan, "inf": [math.inf], "huge": 2**64 - 1, "nul": "a\0b", "": {"": -1}}
    room.fleet.full_properties(machine, strange)

    room.catch_up()

    assert nothing_is_parked(room)
    assert room.reports().agent("pc")["properties"] == {
        "bytes": "/wA=",
        "nan": None,
        "inf": [None],
        "huge": 2**64 - 1,
        "nul": "a\0b",
        "": {"": -1},
    }


def test_a_delta_on_strange_properties_keeps_them(room: Room) -> None:
    machine = room.fleet.register()
    room.fleet.full_properties(machine, {"huge": 2**64 - 1, "nul": "a\0b"})
    room.fleet.property_changes(machine, {"small": 1})

    room.catch_up()

    assert room.reports().agent("pc")["properties"] == {"huge": 2**64 - 1, "nul": "a\0b", "small": 1}


@pytest.mark.parametrize("skew_ms", [-(10**12), 10**12, 2**63 - 1_900_000_000_000, 2**64 - 1_900_000_000_000])
def test_an_absurd_clock_is_a_report_and_no_failure(room: Room, skew_ms: int) -> None:
    machine = room.fleet.register()
    room.fleet.call_in(machine, skew_ms=skew_ms)

    room.catch_up()

    assert nothing_is_parked(room)
    assert abs(room.reports().agent("pc")["clock_skew_ms"]) > 10**11
    assert room.reports().call_ins().items[0]["agent_time"] is not None
    assert len(room.reports().timeline("pc").items) == 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xc1",
        b"\x81\xa3why\xc0",
        b"\x81\xa6events\x81\xa1a\x01",
        b"\x81\xa6events\x93\x01\xc0\x80",
        b"\x81\xaaproperties\x90",
        b"\x91" * 2000 + b"\x01",
    ],
    ids=range(7),
)
@pytest.mark.parametrize("kind", [AgentType.PROPS_VERSION, AgentType.FULL_PROPS, AgentType.INC_PROPS, 250])
def test_a_body_that_is_no_content_counts_as_a_call_in(room: Room, kind: int, content: bytes) -> None:
    machine = room.fleet.register()
    for topic in sorted(diary.TOPICS):
        room.fleet.package(machine, kind, topic, content)

    room.catch_up()

    assert nothing_is_parked(room)
    assert room.reports().agent("pc")["call_ins"] == 4
    assert len(room.reports().timeline("pc").items) == 6


def test_delivered_events_may_have_any_fields(room: Room) -> None:
    machine = room.fleet.register()
    events = [
        {"id": b"i" * 500, "type": "t" * 5000, "time": 2**64 - 1, "data": {"n": math.nan, "b": b"b"}},
        {"id": "text", "type": 7, "time": "late", "data": [1]},
        {},
    ]
    room.fleet.deliver(machine, events)

    room.catch_up()

    assert nothing_is_parked(room)
    rows = room.reports().agent_events().items
    assert [row["data"] for row in rows] == [None, [1], {"n": None, "b": "Yg=="}]
    assert (rows[2]["time"], len(rows[2]["type"])) == ("9999-12-31T23:59:59.999Z", 255)


def test_a_decision_of_a_later_version_is_shown_by_its_number(room: Room) -> None:
    machine = room.fleet.register()
    room.fleet.call_in(machine, decision=200)  # type: ignore[arg-type]

    room.catch_up()

    assert room.reports().call_ins().items[0]["decision"] == "decision-200"


def test_an_unsupported_type_is_shown_by_its_number(room: Room) -> None:
    machine = room.fleet.register()
    room.fleet.package(machine, 250, diary.CONTENT_REFUSED, {}, Decision.UNSUPPORTED_TYPE)

    room.catch_up()

    assert room.reports().call_ins().items[0]["type"] == "type-250"


STRANGE: list[Any] = [None, [], {}, {"a": [1]}, 7, 2**63, -1, math.nan, b"\xff", "\0", "x" * 5_000, True]


@pytest.mark.parametrize("kind", ["TaskStarted", "TaskEnded", "PolicyEnforced", "PolicyWithdrawn"])
@pytest.mark.parametrize("strange", STRANGE, ids=range(len(STRANGE)))
def test_events_about_policies_and_tasks_may_say_anything(room: Room, kind: str, strange: Any) -> None:
    machine = room.fleet.register()
    good = {"id": bytes(16), "name": "n", "run": "r", "category": "c", "version": 1, "outcome": "done", "due": 1}
    fields = [*good, "exit", "output", "started", "ended", "drift", "detail"]
    told = [good | {field: strange} for field in fields] + [dict.fromkeys(fields, strange)]
    room.fleet.deliver(
        machine,
        [{"id": bytes([at]) * 16, "type": kind, "time": strange, "data": data} for at, data in enumerate(told)],
    )

    room.catch_up()

    assert nothing_is_parked(room)


def test_what_no_database_takes_is_replaced() -> None:
    assert text("a\0b\ud800") == "a\ufffdb?"
    assert text(["no", "text"]) == ""
    assert texts(["a", 1, "b"] * 100, limit=3) == ["a", "b"]
    assert whole(2**80) == 2**63 - 1
    assert whole(-(2**80)) == -(2**63 - 1)
    assert whole(True) is None


def test_json_text_takes_anything() -> None:
    beyond = {"big": 2**80, "sur\ud800": "\ud800", "b": b"\xff", "nan": math.nan, "set": {1}, "list": (1,)}

    told = json.loads(json_text(beyond))

    assert told == {"big": 2**80, "sur?": "?", "b": "/w==", "nan": None, "set": told["set"], "list": [1]}


def test_times_are_iso_8601_in_utc() -> None:
    assert time_text(1_767_323_045_678) == "2026-01-02T03:04:05.678Z"
    assert time_text(None) is None
    assert time_text(-(2**63)) == "0001-01-01T00:00:00.000Z"
