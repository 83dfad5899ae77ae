"""Reading: by position, by stream, by key."""

from threading import Thread

import pytest

from store.log import EventLog, Fence
from tests.stores.under_test import StoreUnderTest, a_stream, events_of

SOON_S = 0.05
LONG_S = 60.0


def test_an_empty_log_has_no_head_and_nothing_to_read(log: EventLog) -> None:
    assert log.head() == 0
    assert log.read(0, 10) == []
    assert log.stream(a_stream()) == []
    assert log.rows([]) == {}


def test_reading_goes_on_after_a_position_and_stops_at_the_limit(log: EventLog, fence: Fence) -> None:
    positions = log.append(events_of(a_stream(), 1, 5), fence=fence)

    assert [event.id for event in log.read(positions[1], 2)] == positions[2:4]
    assert log.read(positions[-1], 2) == []
    assert log.head() == positions[-1]


def test_gaps_between_positions_are_passed_over(store: StoreUnderTest, log: EventLog, fence: Fence) -> None:
    [before] = log.append(events_of(a_stream(), 1, 1), fence=fence)
    store.leave_a_gap()
    [after] = log.append(events_of(a_stream(), 2, 2), fence=fence)

    assert after > before + 1
    read = [event.id for event in log.read(0, 10)]
    assert (read[0], read[-1]) == (before, after)
    assert [event.id for event in log.read(before + 1, 10) if event.originator_id == a_stream()] == [after]


def test_a_stream_is_read_alone_by_version(log: EventLog, fence: Fence) -> None:
    log.append(events_of(a_stream(), 1, 3) + events_of(a_stream("other"), 1, 3), fence=fence)

    assert log.stream(a_stream()) == events_of(a_stream(), 1, 3)
    assert log.stream(a_stream(), after_version=2) == events_of(a_stream(), 3, 3)
    assert log.stream(a_stream(), after_version=1, limit=1) == events_of(a_stream(), 2, 2)


def test_rows_are_found_by_their_keys_and_missing_ones_left_out(log: EventLog, fence: Fence) -> None:
    log.append(events_of(a_stream(), 1, 3) + events_of(a_stream("other"), 1, 3), fence=fence)

    rows = log.rows([(a_stream(), 2), (a_stream("other"), 3), (a_stream(), 4), (a_stream("nobody"), 1)])

    assert rows == {
        (a_stream(), 2): events_of(a_stream(), 2, 2)[0],
        (a_stream("other"), 3): events_of(a_stream("other"), 3, 3)[0],
    }


def test_five_thousand_rows_are_found_at_once(log: EventLog, fence: Fence) -> None:
    log.append(events_of(a_stream(), 1, 5_000), fence=fence)

    rows = log.rows([(a_stream(), version) for version in range(1, 5_001)])

    assert len(rows) == 5_000


def test_who_waits_behind_the_head_need_not_wait(log: EventLog, fence: Fence) -> None:
    log.append(events_of(a_stream()), fence=fence)

    assert log.wait(0, LONG_S)


def test_who_waits_for_nothing_is_told_so(log: EventLog) -> None:
    # The bell may ring once without a cause, when it has just been hung up.
    log.wait(0, SOON_S)

    assert not log.wait(0, SOON_S)


@pytest.mark.parametrize("own", [True, False], ids=["own append", "append of another process"])
def test_who_waits_is_woken_by_an_append(store: StoreUnderTest, log: EventLog, fence: Fence, own: bool) -> None:
    appending = log if own else store.log()
    seen: list[int] = []

    def follow() -> None:
        while not (page := log.read(0, 10)):
            log.wait(0, LONG_S)
        seen.extend(event.id for event in page)

    follower = Thread(target=follow)
    follower.start()
    positions = appending.append(events_of(a_stream()), fence=fence)
    follower.join(LONG_S / 2)

    assert seen == positions


def test_a_follower_never_sees_a_position_after_a_later_one(store: StoreUnderTest) -> None:
    logs = {name: store.log() for name in ("one", "two", "three")}
    fences = {name: store.fence(name) for name in logs}
    reader = store.log()
    batches, size = 40, 5

    def append(name: str) -> None:
        for batch in range(batches):
            first = batch * size + 1
            logs[name].append(events_of(a_stream(name), first, first + size - 1), fence=fences[name])

    threads = [Thread(target=append, args=(name,)) for name in logs]
    for thread in threads:
        thread.start()
    followed: list[int] = []
    while any(thread.is_alive() for thread in threads) or reader.head() > (followed or [0])[-1]:
        followed += [event.id for event in reader.read((followed or [0])[-1], 7)]

    assert len(followed) == len(logs) * batches * size
    assert followed == [event.id for event in reader.read(0, 10_000)]


def test_an_event_is_found_by_stream_and_version_with_its_position(log: EventLog, fence: Fence) -> None:
    positions = log.append(events_of(a_stream(), 1, 3), fence=fence)

    assert [log.position_of(a_stream(), version) for version in (1, 2, 3, 4)] == [*positions, 0]
