"""Snapshots: written under the fence, read back sealed, believed only where they fit the log."""

import random

import pytest

from store.log import EventLog, Fence, FenceLost, StoredSnapshot
from store.snapshots import Kept, Snapshots
from store.vault import Vault
from tests.stores.under_test import StoreUnderTest, a_stream, events_of

KIND = 1
STREAM = a_stream("kept")
VAULT = Vault(b"w" * 32, random.Random(1).randbytes)


def put(log: EventLog, kept: Kept, fence: Fence) -> None:
    log.put_snapshot(Snapshots(log, VAULT).sealed(STREAM, KIND, kept), fence=fence)


def test_a_snapshot_is_read_back_with_its_version(log: EventLog, fence: Fence) -> None:
    log.append(events_of(STREAM, 1, 3), fence=fence)
    kept = Kept(3, {"groups": [[b"id", "Servers", None]]})

    put(log, kept, fence)

    assert Snapshots(log, VAULT).newest(STREAM, KIND) == kept
    assert Snapshots(log, VAULT).newest(a_stream("another"), KIND) is None


def test_the_newest_replaces_the_one_before(store: StoreUnderTest, log: EventLog, fence: Fence) -> None:
    log.append(events_of(STREAM, 1, 3), fence=fence)

    put(log, Kept(2, "older"), fence)
    put(log, Kept(3, "newer"), fence)

    assert Snapshots(store.log(), VAULT).newest(STREAM, KIND) == Kept(3, "newer")


def test_nothing_of_a_snapshot_can_be_read_without_the_wrapping_key(log: EventLog, fence: Fence) -> None:
    log.append(events_of(STREAM), fence=fence)

    put(log, Kept(1, "a secret name"), fence)

    stored = log.snapshot(STREAM)
    assert stored is not None
    assert b"a secret name" not in stored.sealed
    assert Snapshots(log, Vault(b"x" * 32, random.Random(1).randbytes)).newest(STREAM, KIND) is None


def test_a_snapshot_of_another_format_is_not_used(log: EventLog, fence: Fence) -> None:
    log.append(events_of(STREAM), fence=fence)

    put(log, Kept(1, "x"), fence)

    assert Snapshots(log, VAULT).newest(STREAM, KIND + 1) is None


def test_a_damaged_snapshot_is_not_used(log: EventLog, fence: Fence) -> None:
    log.append(events_of(STREAM), fence=fence)
    snapshots = Snapshots(log, VAULT)
    put(log, Kept(1, "x"), fence)
    stored = log.snapshot(STREAM)
    assert stored is not None

    for damaged in (b"", stored.sealed[:-1], stored.sealed[:-1] + bytes([stored.sealed[-1] ^ 1])):
        log.put_snapshot(stored._replace(sealed=damaged), fence=fence)
        assert snapshots.newest(STREAM, KIND) is None


def test_a_snapshot_of_another_place_or_history_is_not_used(log: EventLog, fence: Fence) -> None:
    other = a_stream("other")
    log.append([*events_of(STREAM, 1, 2), *events_of(other, 1, 2, state=b"another")], fence=fence)
    snapshots = Snapshots(log, VAULT)
    put(log, Kept(1, "x"), fence)
    stored = log.snapshot(STREAM)
    assert stored is not None

    log.put_snapshot(StoredSnapshot(other, 1, stored.sealed), fence=fence)
    log.put_snapshot(StoredSnapshot(STREAM, 2, stored.sealed), fence=fence)
    assert (snapshots.newest(STREAM, KIND), snapshots.newest(other, KIND)) == (None, None)

    put(log, Kept(7, "of events that were never recorded"), fence)
    log.append(events_of(STREAM, 3, 7), fence=fence)
    assert snapshots.newest(STREAM, KIND) is None


def test_whoever_lost_the_lease_writes_no_snapshot(store: StoreUnderTest, log: EventLog, fence: Fence) -> None:
    log.append(events_of(STREAM), fence=fence)
    later = store.fence()

    with pytest.raises(FenceLost):
        put(log, Kept(1, "x"), fence)

    assert log.snapshot(STREAM) is None
    put(log, Kept(1, "x"), later)
    assert log.snapshot(STREAM) is not None
