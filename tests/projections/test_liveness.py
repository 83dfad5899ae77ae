"""Who calls in as often as it says, and who does not: by the agent's own interval and by the log's own clock."""

import pytest

from projections.reports.shown import time_text
from tests.projections.fleet_log import Machine
from tests.projections.under_test import Room

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


def an_agent(room: Room, name: str = "pc", interval_s: int | None = 600) -> Machine:
    machine = room.fleet.register(name)
    room.fleet.allow(machine)
    if interval_s is None:
        room.fleet.call_in(machine)
    else:
        room.fleet.say_rhythm(machine, interval_s)
    return machine


def served(room: Room, minutes: float) -> None:
    """So long nobody calls in, though everybody could."""
    room.clock.tick(round(minutes * MINUTE_MS))
    room.fleet.serve()


def states(room: Room) -> dict[str, str | None]:
    room.catch_up()
    return {row["name"]: row["liveness"] for row in room.reports().agents().items}


@pytest.mark.parametrize(
    ("minutes", "state"), [(1, "on time"), (15, "on time"), (17, "overdue"), (30, "overdue"), (32, "silent")]
)
def test_an_agent_is_judged_by_its_own_interval(room: Room, minutes: float, state: str) -> None:
    an_agent(room, "ten minutes", 600)
    an_agent(room, "a day", 86_400)

    served(room, minutes)

    assert states(room) == {"ten minutes": state, "a day": "on time"}


def test_one_that_never_said_its_interval_is_judged_by_the_deployments(room: Room) -> None:
    an_agent(room, interval_s=None)

    served(room, 60)
    within_the_hour = states(room)
    served(room, 40)

    assert within_the_hour == {"pc": "on time"}
    assert states(room) == {"pc": "overdue"}


def test_since_when_is_told(room: Room) -> None:
    an_agent(room, interval_s=600)
    called_in_ms = room.clock.now_ms

    served(room, 20)
    room.catch_up()
    overdue = room.reports().agent("pc")
    served(room, 20)
    room.catch_up()
    silent = room.reports().agent("pc")

    assert overdue["liveness_since"] == time_text(called_in_ms + 16 * MINUTE_MS)
    assert silent["liveness_since"] == time_text(called_in_ms + 31 * MINUTE_MS)
    assert (overdue["interval_s"], overdue["mode"]) == (600, "pull")


def test_a_call_in_makes_it_on_time_again(room: Room) -> None:
    machine = an_agent(room)
    served(room, 60)
    before = states(room)

    room.fleet.call_in(machine)

    assert before == {"pc": "silent"}
    assert states(room) == {"pc": "on time"}


def test_while_the_server_is_down_nobody_becomes_overdue_however_late_one_asks(room: Room) -> None:
    an_agent(room)

    room.clock.tick(24 * HOUR_MS)

    assert states(room) == {"pc": "on time"}


def test_after_an_outage_everybody_has_the_whole_allowance_anew(room: Room) -> None:
    an_agent(room, "comes back")
    an_agent(room, "does not")
    down_from = room.clock.now_ms
    room.clock.tick(24 * HOUR_MS)
    room.fleet.serve(down_from_ms=down_from)
    served(room, 15)
    still_awaited = states(room)
    served(room, 2)

    assert set(still_awaited.values()) == {"on time"}
    assert set(states(room).values()) == {"overdue"}


def test_the_call_ins_of_others_prove_that_one_could_be_served(room: Room) -> None:
    an_agent(room, "lost")
    busy = an_agent(room, "busy")
    for _ in range(20):
        room.clock.tick(MINUTE_MS)
        room.fleet.call_in(busy)

    assert states(room) == {"lost": "overdue", "busy": "on time"}


def test_only_an_allowed_agent_is_expected(room: Room) -> None:
    room.fleet.register("waits")
    room.fleet.revoke(an_agent(room, "revoked"))

    served(room, 600)

    assert states(room) == {"waits": None, "revoked": None}


def test_one_that_was_allowed_and_never_came_is_missed(room: Room) -> None:
    room.fleet.allow(room.fleet.register("never came"))

    served(room, 100)

    assert states(room) == {"never came": "overdue"}


@pytest.mark.parametrize("interval_s", [-5, 0, 10**15])
def test_no_claim_keeps_an_agent_from_being_missed_for_ever(room: Room, interval_s: int) -> None:
    an_agent(room, interval_s=interval_s)

    for _ in range(22):
        served(room, 24 * 60)

    assert states(room) == {"pc": "silent"}


def test_the_list_is_narrowed_to_those_that_should_have_come_and_the_counts_are_the_lists(room: Room) -> None:
    late, never = an_agent(room, "late"), room.fleet.register("never came")
    an_agent(room, "a day", 86_400)
    an_agent(room, "silent", 60)
    room.fleet.allow(never)
    room.fleet.register("waits")
    room.fleet.block(room.fleet.register("blocked"))
    served(room, 20)
    room.catch_up()

    reports = room.reports()
    overdue = reports.agents(overdue=True)
    counts = reports.liveness()

    assert [(row["name"], row["liveness"]) for row in overdue.items] == [("late", "overdue"), ("silent", "silent")]
    assert counts["counts"] == {"on time": 2, "overdue": 1, "silent": 1}
    assert counts["as_of"] == time_text(room.clock.now_ms)
    assert [row["name"] for row in reports.agents(overdue=True, limit=1).items] == ["late"]
    assert late.name == "late"


def test_an_agent_with_several_keys_is_judged_by_the_one_that_called_in_last(room: Room) -> None:
    old = an_agent(room, interval_s=86_400)
    new = room.fleet.offer_key(old)
    room.fleet.use_key(new)
    room.fleet.say_rhythm(new, 600)

    served(room, 20)
    room.catch_up()

    assert states(room) == {"pc": "overdue"}
    assert [row["name"] for row in room.reports().agents(overdue=True).items] == ["pc"]
    assert room.reports().liveness()["counts"] == {"on time": 0, "overdue": 1, "silent": 0}
