"""The snapshot of the system tree: a cache between takeovers that no order ever notices."""

from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from domain.desired_orders import CreateGroup, DeleteGroup, RenameGroup
from domain.ids import SYSTEM_TREE_STREAM
from domain.system_tree import SystemTree
from handlers.metrics import WorkerMetrics
from handlers.records import Records
from handlers.shift import Shift
from store.log import Fence, FenceLost, StoredSnapshot, StoreUnavailable
from worker_room import WorkerRoom

EVERY = 5


class CountingLog:
    """The room's log; counts what is read of the tree's stream, and refuses snapshots when told to."""

    def __init__(self, log: Any) -> None:
        self._log = log
        self.replayed = 0
        self.refusal: Exception | None = None

    def stream(self, originator_id: Any, after_version: int = 0, limit: int | None = None) -> Any:
        found = self._log.stream(originator_id, after_version, limit)
        self.replayed += len(found) if originator_id == SYSTEM_TREE_STREAM else 0
        return found

    def put_snapshot(self, snapshot: StoredSnapshot, *, fence: Fence) -> None:
        if self.refusal is not None:
            raise self.refusal
        self._log.put_snapshot(snapshot, fence=fence)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


class Planted:
    """A worker that keeps the tree every five changes; groups are made one by one."""

    def __init__(self, room: WorkerRoom) -> None:
        self.room = room
        self.log = CountingLog(room.log)
        self.take_over()

    def take_over(self) -> None:
        self.room.leases.release(self.room.shift._fence)
        fence = self.room.leases.acquire("worker", "another")
        assert fence is not None
        self.records = Records(self.log, self.room.new_records().mapper, EVERY)
        metrics = WorkerMetrics(CollectorRegistry())
        self.room.shift = Shift(self.room.deployment, self.records, fence, self.room.order_keys, metrics)

    def make(self, *names: str) -> None:
        for name in names:
            assert self.room.order(CreateGroup(f"/{name}")).outcome == "done"
            self.room.shift.keep_snapshot()

    def version_kept(self) -> int | None:
        found = self.room.log.snapshot(SYSTEM_TREE_STREAM)
        return found and found.version

    def replayed_by_a_takeover(self) -> int:
        self.take_over()
        self.log.replayed = 0
        assert self.room.order(RenameGroup("/a", "a")).outcome == "unchanged"
        return self.log.replayed

    def paths(self) -> list[str]:
        tree = self.room.shift._memory.desired.tree()
        assert tree is not None
        return [tree.groups.path(each.id) for each in tree.groups.below(next(iter(tree.groups.by_id)))]


@pytest.fixture
def planted(room: WorkerRoom) -> Planted:
    return Planted(room)


def replayed(planted: Planted) -> SystemTree:
    """The tree by its events alone."""
    found: Any = None
    for row in planted.room.log.stream(SYSTEM_TREE_STREAM):
        found = planted.records.mapper.to_domain_event(row).mutate(found)
    assert isinstance(found, SystemTree)
    return found


def test_the_tree_is_kept_once_in_so_many_changes(planted: Planted) -> None:
    planted.make("a", "b", "c")
    before = planted.version_kept()
    planted.make("d", "e", "f")

    assert (before, planted.version_kept()) == (None, 5)


def test_a_takeover_replays_only_what_happened_since(planted: Planted) -> None:
    planted.make("a", "b", "c", "d", "e", "f")

    assert planted.replayed_by_a_takeover() == 7 - 5
    assert planted.paths() == ["/", "/a", "/b", "/c", "/d", "/e", "/f"]
    assert vars(planted.records.system_tree().groups) == vars(replayed(planted).groups)


def test_a_tree_from_a_snapshot_decides_like_any_other(planted: Planted) -> None:
    planted.make("a", "b", "c", "d", "e")
    planted.take_over()

    assert planted.room.order(CreateGroup("/A")).outcome == "name_taken"
    assert planted.room.order(DeleteGroup("/b")).outcome == "done"
    assert planted.room.order(CreateGroup("/c/d")).outcome == "done"

    assert vars(planted.records.system_tree().groups) == vars(replayed(planted).groups)


@pytest.mark.parametrize("how", ["thrown away", "damaged", "of an older format"])
def test_without_a_snapshot_to_be_used_all_events_are_replayed_and_it_is_kept_anew(
    planted: Planted, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted.make("a", "b", "c", "d", "e", "f")
    if how == "thrown away":
        planted.room.log._writer.execute("DELETE FROM snapshots")
    elif how == "damaged":
        planted.room.log._writer.execute("UPDATE snapshots SET sealed = x'00'")
    else:
        monkeypatch.setattr("handlers.tree_snapshots.FORMAT", 2)

    assert planted.replayed_by_a_takeover() == 7
    assert planted.paths() == ["/", "/a", "/b", "/c", "/d", "/e", "/f"]
    planted.room.shift.keep_snapshot()
    assert planted.version_kept() == 7
    assert planted.replayed_by_a_takeover() == 0
    planted.room.log._writer.execute("DELETE FROM snapshots")  # Of no format there is, when the test is over.


@pytest.mark.parametrize("refusal", [StoreUnavailable("the disk is full"), ValueError("a fault of ours")])
def test_a_snapshot_that_fails_changes_nothing_about_the_orders(planted: Planted, refusal: Exception) -> None:
    planted.log.refusal = refusal

    planted.make("a", "b", "c", "d", "e", "f")

    assert planted.version_kept() is None
    assert planted.paths() == ["/", "/a", "/b", "/c", "/d", "/e", "/f"]
    assert planted.room.topics().count("SystemTree.GroupCreated") == 6


def test_a_snapshot_that_failed_is_tried_again_after_as_many_changes(planted: Planted) -> None:
    planted.log.refusal = StoreUnavailable("the disk is full")
    planted.make("a", "b", "c", "d")
    planted.log.refusal = None
    planted.make("e", "f", "g")
    before = planted.version_kept()
    planted.make("h", "i")

    assert (before, planted.version_kept()) == (None, 10)


def test_whoever_lost_the_lease_keeps_nothing_and_raises_nothing(planted: Planted) -> None:
    planted.make("a", "b", "c")
    assert planted.room.order(CreateGroup("/d")).outcome == "done"
    planted.room.leases.release(planted.room.shift._fence)
    assert planted.room.leases.acquire("worker", "the next one") is not None

    planted.room.shift.keep_snapshot()

    assert planted.version_kept() is None
    with pytest.raises(FenceLost):
        planted.room.order(CreateGroup("/e"))


def test_many_changes_at_once_are_one_snapshot(planted: Planted) -> None:
    for number in range(20):
        assert planted.room.order(CreateGroup(f"/group-{number}")).outcome == "done"
    planted.room.shift.keep_snapshot()

    assert planted.version_kept() == 21
