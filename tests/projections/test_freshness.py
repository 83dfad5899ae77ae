"""Reads wait for what was in the log when they came, and say how far they got."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from projections.database import TableGone
from tests.projections.under_test import Room

LONG_S = 30.0


@contextmanager
def a_running_projector(room: Room) -> Iterator[None]:
    stop = threading.Event()
    projector = room.projector()
    thread = threading.Thread(target=projector.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_a_read_shows_what_was_in_the_log_when_it_came(room: Room) -> None:
    reports = room.reports(wait_s=LONG_S)
    room.catch_up()
    with a_running_projector(room):
        for number in range(5):
            machine = room.fleet.register(f"pc{number}")
            page = reports.registrations(name=machine.name)
            assert [row["agent_id"] for row in page.items] == [str(machine.agent_id)]
            assert not page.stale
            assert page.position >= room.log.head()


def test_a_read_that_cannot_wait_longer_says_that_it_is_stale(room: Room) -> None:
    room.fleet.register("alpha")
    room.catch_up()
    room.fleet.register("beta")

    page = room.reports(wait_s=0).registrations()

    assert (page.stale, page.position) == (True, 2)
    assert [row["name"] for row in page.items] == ["alpha"]


def test_waiting_for_a_position_ends_when_every_projection_has_reached_it(room: Room) -> None:
    room.fleet.register("alpha")
    room.catch_up()
    room.fleet.register("beta")
    reports = room.reports()

    assert reports.wait_for(2, timeout_s=0)
    assert not reports.wait_for(4, timeout_s=0)
    with a_running_projector(room):
        assert reports.wait_for(4, timeout_s=LONG_S)


def test_a_token_is_looked_up_without_waiting(room: Room) -> None:
    room.catch_up()
    room.fleet.issue_token("t1", b"h" * 32)

    assert room.reports(wait_s=LONG_S).token(b"h" * 32) is None


def test_before_any_projector_ran_there_are_no_tables(room: Room) -> None:
    reports = room.reports()

    with pytest.raises(TableGone):
        reports.agents()
    assert reports.token(b"h" * 32) is None
    assert not reports.wait_for(0, timeout_s=0)
    assert {each["position"] for each in reports.projections()} == {0}


def test_projections_tell_their_lag_in_events_and_seconds(room: Room) -> None:
    room.catch_up()
    room.fleet.register("alpha")
    room.clock.tick(5_000)

    behind = room.reports().projections()[0]
    room.catch_up()
    there = room.reports().projections()[0]

    assert (behind["name"], behind["position"], behind["head"], behind["lag_events"]) == (
        "registration_status",
        0,
        2,
        2,
    )
    assert behind["lag_s"] == 5.001
    assert (there["position"], there["lag_events"], there["lag_s"]) == (2, 0, 0.0)


def test_several_threads_read_at_once_while_the_projector_works(room: Room) -> None:
    reports = room.reports(wait_s=LONG_S)
    room.catch_up()
    machine = room.fleet.register("alpha")
    told: list[int] = []

    def read() -> None:
        told.extend(reports.agent("alpha")["call_ins"] for _ in range(20))

    with a_running_projector(room):
        readers = [threading.Thread(target=read) for _ in range(4)]
        for reader in readers:
            reader.start()
        for _ in range(10):
            room.fleet.call_in(machine)
        for reader in readers:
            reader.join()
        # The readers may all have ended before the last call-in: only a projector that still works brings it.
        last = reports.agent("alpha")["call_ins"]

    assert len(told) == 80
    assert last == 10


def test_reports_answer_while_rebuilds_switch_under_them(room: Room) -> None:
    reports = room.reports(wait_s=LONG_S)
    room.catch_up()
    machine = room.fleet.register("alpha")
    room.fleet.call_in(machine)
    told: list[int] = []

    with a_running_projector(room):
        for _ in range(5):
            room.fleet.order_rebuild("agents")
            told.extend(reports.agent("alpha")["call_ins"] for _ in range(5))

    assert told == [1] * 25


def test_a_projector_waits_for_its_turn_and_then_follows(room: Room) -> None:
    first = room.projector(holder="another")
    first.step()
    room.fleet.register("alpha")
    reports = room.reports()

    with a_running_projector(room):
        assert not reports.wait_for(2, timeout_s=0)
        first.stop()
        assert reports.wait_for(2, timeout_s=LONG_S)
