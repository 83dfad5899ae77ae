"""The registration status report and the agents report: what they show of each machine."""

from projections.reports.shown import time_text
from tests.projections.under_test import Room


def test_a_first_request_is_pending_with_everything_the_machine_said(room: Room) -> None:
    machine = room.fleet.register("Alpha", resource_keys={"machine": "m-1"}, addresses=["10.0.0.1", "10.0.0.2"])

    room.catch_up()

    row = room.reports().registration("alpha")
    assert row["registration_id"] == machine.registration_id
    assert row["agent_id"] == str(machine.agent_id)
    assert (row["name"], row["domain"], row["os"], row["user"]) == ("Alpha", "example.org", "Debian 12", "root")
    assert (row["addresses"], row["address"]) == (["10.0.0.1", "10.0.0.2"], "192.0.2.1")
    assert row["resource_keys"] == {"machine": "m-1"}
    assert (row["status"], row["trusted"], row["requests"], row["version"]) == ("Pending", False, 1, 1)
    assert row["actions"] == ["allow", "block"]
    assert row["first_request"] == row["last_request"] == time_text(room.clock.now_ms - 1)


def test_a_decision_shows_who_when_and_why(room: Room) -> None:
    machine = room.fleet.register()
    room.fleet.allow(machine, reason="seen it", by="operator:ann")
    decided_at = time_text(room.clock.now_ms)

    room.catch_up()

    row = room.reports().registration(machine.registration_id)
    assert (row["status"], row["trusted"], row["waits_for_request"]) == ("Allowed", True, False)
    assert (row["decided_by"], row["decided_at"], row["reason"]) == ("operator:ann", decided_at, "seen it")
    assert (row["actions"], row["version"]) == (["revoke"], 2)


def test_an_agent_allowed_after_a_block_waits_for_its_next_request(room: Room) -> None:
    machine = room.fleet.register()
    room.fleet.block(machine)
    room.fleet.allow(machine)
    room.catch_up()
    waiting = room.reports().registration("pc")

    room.fleet.ask_again(machine)
    room.catch_up()

    granted = room.reports().registration("pc")
    assert (waiting["status"], waiting["trusted"], waiting["waits_for_request"]) == ("Allowed", False, True)
    assert (granted["status"], granted["trusted"], granted["waits_for_request"]) == ("Allowed", True, False)
    assert granted["requests"] == 2


def test_a_refused_package_shows_its_reason(room: Room) -> None:
    machine = room.fleet.register()
    room.fleet.refuse(machine, "gap")

    room.catch_up()

    assert room.reports().registration("pc")["refused_reason"] == "gap"


def test_counts_name_every_status(room: Room) -> None:
    machines = [room.fleet.register(f"pc{number}") for number in range(4)]
    room.fleet.allow(machines[0])
    room.fleet.block(machines[1])

    room.catch_up()

    counts = {"Pending": 2, "Allowed": 1, "Blocked": 1, "Revoked": 0, "Forked": 0}
    assert room.reports().registration_counts() == counts


def test_an_agents_last_call_in_is_shown_with_the_skew_of_its_clock(room: Room) -> None:
    machine = room.fleet.register()
    room.fleet.call_in(machine, why="start")
    room.fleet.call_in(machine, why="manual", skew_ms=-36_000_000)

    room.catch_up()

    row = room.reports().agent(str(machine.agent_id).upper())
    assert (row["call_ins"], row["last_number"]) == (2, 2)
    assert (row["last_why"], row["last_handler"], row["address"]) == ("manual", "frontend", "192.0.2.7")
    assert row["clock_skew_ms"] == -36_000_001
    assert row["last_call_in"] == time_text(room.clock.now_ms)


def test_properties_are_what_the_agent_sent(room: Room) -> None:
    machine = room.fleet.register()
    properties = {"os": {"name": "Debian", "kernel": [6, 1, 0]}, "ram": 2**40, "load": 0.25, "empty": None, "ü": "ß"}
    room.fleet.full_properties(machine, properties)

    room.catch_up()

    row = room.reports().agent("pc")
    assert row["properties"] == properties
    assert row["properties_at"] == time_text(room.clock.now_ms)


def test_a_delta_sets_and_removes_top_level_properties(room: Room) -> None:
    machine = room.fleet.register()
    room.fleet.full_properties(machine, {"a": 1, "b": {"c": 2}, "d": 3})
    room.fleet.property_changes(machine, {"b": {"e": 4}, "f": 5}, gone=("a", "never there"))

    room.catch_up()

    assert room.reports().agent("pc")["properties"] == {"b": {"e": 4}, "d": 3, "f": 5}


def test_a_full_set_replaces_everything(room: Room) -> None:
    machine = room.fleet.register()
    room.fleet.full_properties(machine, {"a": 1, "b": 2})
    room.fleet.full_properties(machine, {"b": 3})

    room.catch_up()

    assert room.reports().agent("pc")["properties"] == {"b": 3}


def test_an_agent_that_never_called_in_has_no_properties(room: Room) -> None:
    room.fleet.register()

    room.catch_up()

    row = room.reports().agent("pc")
    assert (row["properties"], row["properties_at"], row["last_call_in"], row["call_ins"]) == ({}, None, None, 0)


def test_a_new_name_is_found_and_the_old_one_is_not(room: Room) -> None:
    machine = room.fleet.register("old")
    room.fleet.ask_again(machine, name="new")

    room.catch_up()

    assert room.reports().agent("new")["agent_id"] == str(machine.agent_id)
    assert room.reports().agents(name="old").items == []
