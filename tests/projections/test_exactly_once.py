"""Every event is taken once, whatever happens to the projector."""

import pytest

from projections.database import Database
from projections.runner import Projector
from store.log import StoreUnavailable
from tests.projections.under_test import Dying, Room


def a_busy_fleet(room: Room) -> None:
    machine = room.fleet.register("alpha")
    room.fleet.allow(machine)
    for _ in range(8):
        room.fleet.call_in(machine)
    room.fleet.property_changes(machine, {"n": 1})


def follow_through_deaths(projector: Projector) -> int:
    deaths = 0
    while True:
        try:
            if not projector.step():
                return deaths
        except StoreUnavailable:
            deaths += 1


def test_a_projector_that_dies_before_a_commit_takes_the_page_again(room: Room) -> None:
    a_busy_fleet(room)

    projector = room.projector(page_events=4, database=Dying(room.database, before={1, 3, 4}))
    deaths = follow_through_deaths(projector)

    assert deaths == 3
    agent = room.reports().agent("alpha")
    assert (agent["call_ins"], agent["status"], agent["properties"]) == (9, "Allowed", {"n": 1})
    assert len(room.reports().call_ins().items) == 9


def test_a_commit_nobody_heard_of_is_not_repeated(room: Room) -> None:
    a_busy_fleet(room)

    projector = room.projector(page_events=4, database=Dying(room.database, after={1, 2, 4, 6}))
    deaths = follow_through_deaths(projector)

    assert deaths == 4
    assert room.reports().agent("alpha")["call_ins"] == 9
    assert room.reports().registration("alpha")["requests"] == 1


def test_the_next_projector_goes_on_where_the_last_one_was_killed(room: Room) -> None:
    a_busy_fleet(room)

    while room.projector(page_events=3).step():
        pass

    assert room.reports().agent("alpha")["call_ins"] == 9


def test_while_one_projector_has_the_lease_another_takes_nothing(room: Room) -> None:
    first, second = room.projector(holder="one"), room.projector(holder="two")
    room.fleet.register("alpha")
    assert first.step() > 0
    room.fleet.register("beta")

    taken = second.step()

    assert taken == 0
    assert first.step() > 0


def test_a_projector_that_lost_its_lease_writes_nothing_more(room: Room) -> None:
    first, second = room.projector(holder="one"), room.projector(holder="two")
    room.fleet.register("alpha")
    first.step()
    room.run_out()
    room.fleet.register("beta")
    second.step()
    room.fleet.register("gamma")

    taken = first.step()

    assert taken == 0
    assert [row["name"] for row in room.reports().registrations().items] == ["alpha", "beta"]


def test_a_stopped_projector_lets_the_next_one_in_at_once(room: Room) -> None:
    first, second = room.projector(holder="one"), room.projector(holder="two")
    first.step()
    room.fleet.register("alpha")

    first.stop()

    assert second.step() > 0


def test_a_dead_database_is_an_error_the_caller_hears_of(room: Room) -> None:
    dying: Database = Dying(room.database, before={1})
    projector = room.projector(database=dying)
    room.fleet.register("alpha")

    with pytest.raises(StoreUnavailable):
        projector.step()
