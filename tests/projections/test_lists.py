"""Lists: filters, cursors, and which machine a reference means."""

import pytest

from domain.registration_policy import Otherwise
from projections.reports import Ambiguous, BadCursor, NotFound, Page
from tests.projections.under_test import Room

NAMES = ["alpha", "Bravo", "charlie", "delta", "echo"]


def a_fleet(room: Room) -> None:
    def act() -> None:
        for name in NAMES:
            machine = room.fleet.register(name, os="Windows" if name == "delta" else "Debian")
            if name in ("alpha", "echo"):
                room.fleet.allow(machine)

    room.fleet.together(act)
    room.catch_up()


def names(page: Page) -> list[str]:
    return [row["name"] for row in page.items]


@pytest.mark.parametrize("noun", ["registrations", "agents"])
def test_lists_are_sorted_by_name_without_regard_to_case(room: Room, noun: str) -> None:
    a_fleet(room)

    page = getattr(room.reports(), noun)()

    assert names(page) == NAMES
    assert page.next is None


@pytest.mark.parametrize("noun", ["registrations", "agents"])
def test_filters_narrow_a_list(room: Room, noun: str) -> None:
    a_fleet(room)
    listed = getattr(room.reports(), noun)

    assert names(listed(status="Allowed")) == ["alpha", "echo"]
    assert names(listed(status="allowed")) == ["alpha", "echo"]
    assert names(listed(name="BRAVO")) == ["Bravo"]
    assert names(listed(name="brav")) == []
    assert names(listed(query="WINDOWS")) == ["delta"]
    assert names(listed(query="l", status="Pending")) == NAMES[1:4], "root@example.org has an l"
    assert names(listed(query="%")) == []
    assert names(listed(status="nonsense")) == []


@pytest.mark.parametrize("noun", ["registrations", "agents"])
def test_a_part_of_an_id_is_found_by_query(room: Room, noun: str) -> None:
    machine = room.fleet.register("alpha")
    room.fleet.register("beta")
    room.catch_up()
    listed = getattr(room.reports(), noun)

    assert names(listed(query=str(machine.agent_id))) == ["alpha"]
    assert names(listed(query=machine.registration_id[:12].upper())) == ["alpha"]


@pytest.mark.parametrize("noun", ["registrations", "agents"])
def test_pages_follow_each_other_whatever_is_inserted_between_them(room: Room, noun: str) -> None:
    a_fleet(room)
    listed = getattr(room.reports(), noun)
    first = listed(limit=2)
    room.fleet.register("aaa")
    room.fleet.register("bravo two")
    room.catch_up()

    second = listed(limit=2, cursor=first.next)
    third = listed(limit=2, cursor=second.next)

    assert names(first) == ["alpha", "Bravo"]
    assert names(second) == ["bravo two", "charlie"]
    assert names(third) == ["delta", "echo"]
    assert third.next is None


def test_equal_names_are_listed_once_each_across_pages(room: Room) -> None:
    machines = [room.fleet.register("same") for _ in range(5)]
    room.catch_up()
    seen, cursor = [], None
    while True:
        page = room.reports().registrations(limit=2, cursor=cursor)
        seen += [row["registration_id"] for row in page.items]
        if (cursor := page.next) is None:
            break

    assert seen == sorted(machine.registration_id for machine in machines)


@pytest.mark.parametrize("cursor", ["", "nonsense", "!!", "W10", "WyJhZ2VudHMiLDEsMl0", "ü", "WyJhIg=="])
def test_a_foreign_cursor_is_refused(room: Room, cursor: str) -> None:
    a_fleet(room)

    with pytest.raises(BadCursor):
        room.reports().agents(cursor=cursor)


def test_a_cursor_of_another_list_is_refused(room: Room) -> None:
    a_fleet(room)
    cursor = room.reports().registrations(limit=1).next

    with pytest.raises(BadCursor):
        room.reports().agents(cursor=cursor)


def test_an_absurd_limit_is_brought_within_bounds(room: Room) -> None:
    a_fleet(room)

    assert len(room.reports().agents(limit=0).items) == 1
    assert len(room.reports().agents(limit=10**12).items) == 5


@pytest.mark.parametrize("noun", ["registration", "agent"])
def test_a_machine_is_found_by_either_id_in_any_spelling_and_by_name(room: Room, noun: str) -> None:
    machine = room.fleet.register("Alpha")
    room.fleet.register("beta")
    room.catch_up()
    one = getattr(room.reports(), noun)
    spellings = [
        machine.registration_id,
        machine.registration_id.upper(),
        str(machine.agent_id),
        machine.agent_id.hex,
        f"{{{str(machine.agent_id).upper()}}}",
        "alpha",
        " ALPHA ",
    ]

    assert {one(each)["agent_id"] for each in spellings} == {str(machine.agent_id)}


@pytest.mark.parametrize("ref", ["nobody", "", "00" * 32, "00000000-0000-0000-0000-000000000000"])
def test_what_nobody_knows_is_not_found(room: Room, ref: str) -> None:
    a_fleet(room)

    for one in (room.reports().registration, room.reports().agent, room.reports().timeline):
        with pytest.raises(NotFound):
            one(ref)


def test_a_name_of_several_is_ambiguous_and_names_the_candidates(room: Room) -> None:
    machines = [room.fleet.register("same") for _ in range(2)]
    room.catch_up()

    with pytest.raises(Ambiguous) as refused:
        room.reports().agent("Same")

    assert refused.value.candidates == sorted(machine.registration_id for machine in machines)


def test_call_ins_are_listed_newest_first_in_pages(room: Room) -> None:
    alpha, beta = room.fleet.register("alpha"), room.fleet.register("beta")
    for _ in range(3):
        room.fleet.call_in(alpha)
        room.fleet.call_in(beta)
    room.catch_up()

    first = room.reports().call_ins(agent="alpha", limit=2)
    room.fleet.call_in(alpha)
    room.catch_up()
    second = room.reports().call_ins(agent="alpha", limit=2, cursor=first.next)

    assert [row["number"] for row in first.items + second.items] == [3, 2, 1]
    assert second.next is None
    assert len(room.reports().call_ins().items) == 7
    shown = first.items[0]
    assert (shown["type"], shown["why"], shown["decision"]) == ("PropsVersion", "interval", "accepted")


def test_delivered_events_are_listed_newest_first_in_pages(room: Room) -> None:
    alpha, beta = room.fleet.register("alpha"), room.fleet.register("beta")
    room.fleet.deliver(alpha, [{"id": bytes([n]) * 16, "type": f"t{n}", "time": n, "data": {"n": n}} for n in range(3)])
    room.fleet.deliver(beta, [{"id": b"b", "type": "other", "time": 0, "data": {}}])
    room.catch_up()

    first = room.reports().agent_events(agent="alpha", limit=2)
    second = room.reports().agent_events(agent="alpha", limit=2, cursor=first.next)

    assert [row["data"] for row in first.items + second.items] == [{"n": 2}, {"n": 1}, {"n": 0}]
    assert first.items[0]["event_id"] == "02" * 16
    assert first.items[0]["time"] == "1970-01-01T00:00:00.002Z"
    assert [row["name"] for row in room.reports().agent_events().items] == ["beta", "alpha", "alpha", "alpha"]


def test_the_policy_in_force_is_the_last_one(room: Room) -> None:
    room.fleet.adopt_policy()
    room.fleet.replace_policy(Otherwise.ALLOW_ALL)
    room.catch_up()

    policy = room.reports().registration_policy()

    assert (policy["otherwise"], policy["rules"], policy["version"]) == ("allow-all", [], 2)
    assert policy["decided_by"] == "operator:ann"


def test_a_token_is_found_by_its_hash_until_and_after_it_is_revoked(room: Room) -> None:
    token = room.fleet.issue_token("t1", b"h" * 32)
    room.catch_up()
    fresh = room.reports().token(b"h" * 32)
    token.used(at_ms=5)
    token.revoke("lost")
    room.fleet.append_of(token)
    room.catch_up()

    revoked = room.reports().token(b"h" * 32)

    assert fresh is not None
    assert revoked is not None
    assert (fresh["role"], fresh["revoked"], fresh["last_used_at"]) == ("viewer", False, None)
    assert (revoked["revoked"], revoked["last_used_at"]) == (True, "1970-01-01T00:00:00.005Z")
    assert room.reports().token(b"x" * 32) is None
    assert [row["token_id"] for row in room.reports().tokens().items] == ["t1"]


def test_agent_handlers_show_their_last_start(room: Room) -> None:
    handler = room.fleet.announce("site-b")
    room.fleet.announce("site-a")
    handler._restarted(started_at_ms=77)
    room.fleet.append_of(handler)
    room.catch_up()

    rows = room.reports().agent_handlers().items

    assert [(row["handler"], row["starts"]) for row in rows] == [("site-a", 1), ("site-b", 2)]
    assert rows[1]["started_at"] == "1970-01-01T00:00:00.077Z"
