"""Undelivered events survive, in order, within bounds."""

from pathlib import Path

import pytest

from agents.codec import MsgpackCodec
from agents.events import DiskEvents, QueuedEvent, UnusableEvent, new_event
from agents.notices import Notices
from tests.agents.world import LostAnswer, World


def queue(home: Path, kept: int = 10_000) -> DiskEvents:
    return DiskEvents(home, MsgpackCodec(), kept)


def held(home: Path) -> list[QueuedEvent]:
    """What another process finds there."""
    events = queue(home)
    return events.read(events.ids())


def test_events_survive_in_the_order_they_came(tmp_path: Path) -> None:
    for at in range(5):
        queue(tmp_path).add(new_event("Noise", {"at": at}, 7))

    assert [event.data["at"] for event in held(tmp_path)] == [0, 1, 2, 3, 4]
    assert held(tmp_path)[0].time_ms == 7


def test_only_delivered_events_go(tmp_path: Path) -> None:
    first, second = new_event("A", {}, 1), new_event("B", {}, 1)
    events = queue(tmp_path)
    events.add(first)
    events.add(second)

    events.forget([first.id])

    assert held(tmp_path) == [second]


def test_beyond_the_bound_the_oldest_are_dropped_and_counted(tmp_path: Path) -> None:
    events = queue(tmp_path, kept=4)

    for at in range(10):
        events.add(new_event("Noise", {"at": at}, at))

    dropped, *rest = held(tmp_path)
    assert (dropped.type, dropped.data) == ("EventsDropped", {"count": 7})
    assert [event.data["at"] for event in rest] == [7, 8, 9]


def test_a_damaged_event_does_not_stop_the_others(tmp_path: Path) -> None:
    broken, fine = new_event("A", {}, 1), new_event("B", {}, 1)
    events = queue(tmp_path)
    events.add(broken)
    events.add(fine)
    (tmp_path / "events" / broken.id.hex()).write_bytes(b"\xc1")

    assert held(tmp_path) == [fine]
    assert events.ids() == [fine.id]


def test_half_written_files_are_no_events(tmp_path: Path) -> None:
    queue(tmp_path).add(new_event("A", {}, 1))
    (tmp_path / "events" / ("0" * 32 + ".new")).write_bytes(b"half")

    assert len(held(tmp_path)) == 1


def test_too_large_an_event_is_refused_before_it_is_queued(tmp_path: Path) -> None:
    with pytest.raises(UnusableEvent):
        queue(tmp_path).add(new_event("A", {"text": "x" * 70_000}, 1))

    assert held(tmp_path) == []


def test_a_repeated_notice_is_counted_in_one_event(world: World) -> None:
    notices = Notices(world.member, world.events)

    for at in (10, 20, 30):
        notices.tell("CallInFailed", {"handler": "h1", "error": "no"}, at)
    notices.tell("CallInFailed", {"handler": "h2", "error": "no"}, 40)

    first, second = held(world.home)
    assert first.data == {"handler": "h1", "error": "no", "count": 3, "first_ms": 10, "last_ms": 30}
    assert second.data["handler"] == "h2"


def test_a_notice_that_may_have_arrived_is_not_changed_any_more(world: World) -> None:
    notices = Notices(world.member, world.events)
    world.call_in()
    notices.tell("CallInFailed", {"handler": "h1"}, 10)
    world.losing = [False, True]
    with pytest.raises(LostAnswer):
        world.call_in()

    notices.tell("CallInFailed", {"handler": "h1"}, 20)
    notices.tell("CallInFailed", {"handler": "h1"}, 30)
    world.call_in()

    assert [event["data"]["count"] for event in world.server.only.events] == [1, 2]
    assert held(world.home) == []
