"""Leases: one holder at a time, numbers that only grow."""

from pathlib import Path
from threading import Barrier, Thread

import pytest

from store.leases import LEASE_MS
from store.log import Fence
from store.sqlite_leases import SqliteLeases
from tests.stores.under_test import Clock, SqliteUnderTest, StoreUnderTest


def test_a_free_lease_is_given_once(store: StoreUnderTest) -> None:
    ours, theirs = store.leases(), store.leases()

    assert ours.acquire("worker", "us") == Fence("worker", "us", 1)
    assert theirs.acquire("worker", "them") is None
    assert theirs.holder("worker") == "us"


def test_leases_of_different_names_have_nothing_to_do_with_each_other(store: StoreUnderTest) -> None:
    leases = store.leases()

    assert leases.acquire("worker", "us") == Fence("worker", "us", 1)
    assert leases.acquire("sealer", "them") == Fence("sealer", "them", 1)
    assert leases.holder("relay") is None


def test_a_lease_that_ran_out_goes_to_the_next_with_a_greater_number(store: StoreUnderTest) -> None:
    leases = store.leases()
    first = leases.acquire("worker", "us")
    store.run_out("worker")

    assert leases.holder("worker") is None
    assert leases.acquire("worker", "them") == Fence("worker", "them", 2)
    assert first is not None
    assert not leases.renew(first)
    assert leases.holder("worker") == "them"


def test_a_renewed_lease_is_kept(sqlite_store: SqliteUnderTest) -> None:
    leases, fence = sqlite_store.leases(), sqlite_store.fence()
    sqlite_store.clock.now_ms += LEASE_MS - 1

    assert leases.renew(fence)

    sqlite_store.clock.now_ms += LEASE_MS - 1
    assert leases.holder(fence.name) == fence.holder


def test_a_lease_that_ran_out_untaken_can_be_renewed(store: StoreUnderTest, fence: Fence) -> None:
    store.run_out(fence.name)

    assert store.leases().renew(fence)
    assert store.leases().holder(fence.name) == fence.holder


def test_a_released_lease_is_free_at_once_and_its_number_still_grows(store: StoreUnderTest) -> None:
    leases = store.leases()
    first = leases.acquire("worker", "us")
    assert first is not None

    leases.release(first)

    assert leases.holder("worker") is None
    assert not leases.renew(first)
    assert leases.acquire("worker", "us") == Fence("worker", "us", 2)


def test_a_lost_fence_releases_nothing(store: StoreUnderTest) -> None:
    stale = store.fence(holder="us")
    store.fence(holder="them")

    store.leases().release(stale)

    assert store.leases().holder("worker") == "them"


def test_a_holder_may_take_its_own_lease_again(store: StoreUnderTest) -> None:
    leases = store.leases()
    before = leases.acquire("worker", "us")

    assert leases.acquire("worker", "us") == Fence("worker", "us", 2)
    assert before is not None
    assert not leases.renew(before)


def test_of_many_that_ask_at_once_exactly_one_gets_it(store: StoreUnderTest) -> None:
    rivals = {f"rival {number}": store.leases() for number in range(8)}
    together, given = Barrier(len(rivals)), []

    def ask(holder: str) -> None:
        together.wait()
        given.append(rivals[holder].acquire("worker", holder))

    threads = [Thread(target=ask, args=(holder,)) for holder in rivals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    winners = [fence for fence in given if fence]
    assert [fence.fence for fence in winners] == [1]
    assert store.leases().holder("worker") == winners[0].holder


@pytest.mark.parametrize("back_ms", [LEASE_MS + 1, 10 * 3_600_000])
def test_a_clock_that_is_put_back_does_not_keep_a_dead_holders_lease(
    sqlite_store: SqliteUnderTest, back_ms: int
) -> None:
    leases = sqlite_store.leases()
    leases.acquire("worker", "dead")

    sqlite_store.clock.now_ms -= back_ms

    assert leases.acquire("worker", "next") == Fence("worker", "next", 2)


def test_any_sqlite_file_can_keep_leases(tmp_path: Path) -> None:
    leases = SqliteLeases(tmp_path / "reports.db", Clock())
    fence = leases.acquire("registration_status", "us")
    leases.close()

    again = SqliteLeases(tmp_path / "reports.db", Clock())
    assert fence is not None
    assert again.renew(fence)
    again.close()
