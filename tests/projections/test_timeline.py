"""An agent's timeline: everything in the order of the log, in words that are safe to show."""

import json

from domain.diary import Decision
from tests.projections.under_test import Room


def a_life(room: Room) -> None:
    alpha, beta = room.fleet.register("alpha"), room.fleet.register("beta")
    room.fleet.allow(alpha, reason="known")
    room.fleet.full_properties(alpha, {"a": 1, "b": 2})
    room.fleet.call_in(beta)
    room.fleet.property_changes(alpha, {"a": 2}, gone=("b",))
    room.fleet.deliver(alpha, [{"type": "t", "time": 1, "data": {}}])
    room.fleet.refuse(alpha, "gap")
    room.fleet.revoke(alpha, reason="lost")
    room.catch_up()


def test_a_timeline_has_everything_of_one_agent_newest_last(room: Room) -> None:
    a_life(room)

    items = room.reports().timeline("alpha").items

    assert [item["topic"] for item in items] == [
        "Registration.Requested",
        "Agent.Introduced",
        "Agent.Allowed",
        "Diary.PropertiesReported",
        "Diary.PropertiesReported",
        "Diary.EventsDelivered",
        "Registration.PackageRefused",
        "Agent.Revoked",
    ]
    assert [item["position"] for item in items] == [1, 2, 5, 6, 8, 9, 10, 11]


def test_each_entry_says_who_when_through_what_and_why(room: Room) -> None:
    a_life(room)

    items = room.reports().timeline("alpha").items

    assert (items[0]["who"], items[0]["handler"]) == ("agent", "frontend")
    assert items[0]["facts"]["name"] == "alpha"
    assert items[0]["facts"]["agent_id"] == room.reports().agent("alpha")["agent_id"]
    assert (items[2]["who"], items[2]["cause"], items[2]["facts"]) == ("operator:ann", "63" * 16, {"reason": "known"})
    assert items[3]["facts"]["properties"] == 2
    assert (items[4]["facts"]["set"], items[4]["facts"]["gone"]) == (["a"], ["b"])
    assert (items[5]["facts"]["type"], items[5]["facts"]["events"]) == ("EventUpload", 1)
    assert items[6]["facts"]["reason"] == "gap"


def test_a_timeline_is_json_and_carries_no_evidence(room: Room) -> None:
    a_life(room)

    shown = json.dumps(room.reports().timeline("alpha").items)

    assert "evidence" not in shown
    assert "public_key" not in shown


def test_a_timeline_is_read_in_pages(room: Room) -> None:
    a_life(room)
    reports = room.reports()
    positions, cursor = [], None
    while True:
        page = reports.timeline("alpha", limit=3, cursor=cursor)
        positions += [item["position"] for item in page.items]
        if (cursor := page.next) is None:
            break

    assert positions == [1, 2, 5, 6, 8, 9, 10, 11]


def test_a_timeline_goes_on_over_the_chapters_of_a_diary(room: Room) -> None:
    alpha = room.fleet.register("alpha")
    room.fleet.skip_to(alpha, 65_535)
    for _ in range(3):
        room.fleet.call_in(alpha)
    room.catch_up()

    items = room.reports().timeline("alpha").items

    assert [item["facts"]["number"] for item in items[2:]] == [65_535, 65_536, 65_537]


def test_an_erased_machine_keeps_its_timeline_without_what_was_personal(room: Room) -> None:
    a_life(room)

    items = room.reports(mapper=room.fleet.mapper_after_erasure()).timeline("beta").items

    assert [item["topic"] for item in items] == ["Registration.Requested", "Agent.Introduced", "Diary.CalledIn"]
    assert "name" not in items[0]["facts"]
    assert items[2]["facts"] == {"type": "PropsVersion", "number": 1, "decision": Decision.ACCEPTED.name.lower()}
