"""Fences: a displaced holder cannot append."""

import pytest

from store.leases import LEASE_MS
from store.log import EventLog, Fence, FenceLost, NewSubject
from tests.stores.under_test import SqliteUnderTest, StoreUnderTest, a_stream, events_of


def test_a_holder_that_was_displaced_cannot_append(store: StoreUnderTest, log: EventLog) -> None:
    stale = store.fence(holder="stopped")
    log.append(events_of(a_stream(), 1, 1), fence=stale)
    current = store.fence(holder="standby")

    with pytest.raises(FenceLost):
        log.append(events_of(a_stream(), 2, 2), fence=stale, side=[NewSubject(1, b"fingerprint", b"key")])

    assert len(log.read(0, 10)) == 1
    assert list(log.subjects()) == []
    log.append(events_of(a_stream(), 2, 2), fence=current)


def test_a_holder_that_takes_its_own_lease_again_is_fenced_from_before(store: StoreUnderTest, log: EventLog) -> None:
    before = store.fence(holder="worker 1")
    after = store.fence(holder="worker 1")

    with pytest.raises(FenceLost):
        log.append(events_of(a_stream()), fence=before)
    log.append(events_of(a_stream()), fence=after)


def test_nobody_appends_with_a_released_lease(store: StoreUnderTest, log: EventLog, fence: Fence) -> None:
    store.leases().release(fence)

    with pytest.raises(FenceLost):
        log.append(events_of(a_stream()), fence=fence)


@pytest.mark.parametrize("forged", [Fence("nothing", "x", 1), Fence("worker", "x", 1), Fence("worker", "me", 2)])
def test_a_fence_that_was_never_given_is_refused(store: StoreUnderTest, log: EventLog, forged: Fence) -> None:
    store.fence(holder="me")

    with pytest.raises(FenceLost):
        log.append(events_of(a_stream()), fence=forged)


def test_an_append_renews_the_lease(store: StoreUnderTest, log: EventLog, fence: Fence) -> None:
    store.run_out(fence.name)

    log.append(events_of(a_stream()), fence=fence)

    assert store.leases().holder(fence.name) == fence.holder
    assert store.leases().acquire(fence.name, "another") is None


def test_an_append_after_most_of_the_lease_gives_a_whole_one(sqlite_store: SqliteUnderTest) -> None:
    log, fence = sqlite_store.log(), sqlite_store.fence()

    sqlite_store.clock.now_ms += LEASE_MS - 1
    log.append(events_of(a_stream()), fence=fence)
    sqlite_store.clock.now_ms += LEASE_MS - 1

    assert sqlite_store.leases().acquire(fence.name, "another") is None


def test_a_refused_append_renews_nothing(store: StoreUnderTest, log: EventLog) -> None:
    stale = store.fence(holder="stopped")
    current = store.fence(holder="standby")
    store.run_out(current.name)

    with pytest.raises(FenceLost):
        log.append(events_of(a_stream()), fence=stale)

    assert store.leases().holder(current.name) is None
