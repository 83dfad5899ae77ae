"""What it costs a worker that takes over to read the system tree: all its events, or a snapshot and what came after."""

import time
from collections.abc import Callable
from contextlib import closing
from uuid import UUID

from domain.choice import Choice
from domain.ids import ROOT_GROUP, SYSTEM_TREE_STREAM
from domain.system_tree import POLICY, SystemTree
from domain.tree_state import FORMAT
from handlers.collector import standing_still
from handlers.tree_snapshots import EVERY
from store.log import Fence
from store.snapshots import Snapshots
from store.state import Meta
from tests.bench.figure import Figure, Floor, Target
from tests.bench.ground import Ground
from worker_room import WorkerRoom

LEASE = Target(6_000.0)
"""The lease runs out when nothing is committed for as long."""
GROUPS_IN_TEN = 2
SITES = 20


def measure(ground: Ground) -> list[Figure]:
    """Processor time of a worker with SQLite, its file in memory by then: reading, opening, replaying."""
    room = WorkerRoom(ground.directory())
    with closing(room.log), closing(room.leases):
        changes = ground.scale.tree_changes
        room.leases.release(room.shift._fence)
        fence = room.leases.acquire("worker", "bench")
        assert fence is not None
        tree = _grown(room, changes - EVERY + 1, fence)
        snapshots = Snapshots(room.log, room.records.mapper.keyring.vault)
        taken = _ms(lambda: room.records.tree_snapshots.keep(tree, fence))
        _change(room, tree, range(tree.version, changes), fence)
        with standing_still():
            floor = Floor(_ms(lambda: snapshots.newest(SYSTEM_TREE_STREAM, FORMAT)), "the snapshot read and opened")
        with_it = _ms(lambda: _check(room, changes))
        room.log._writer.execute("DELETE FROM snapshots")
        without = _ms(lambda: _check(room, changes))
        note = f"{len(tree.groups):,} groups"
        return [
            Figure(f"tree of {changes:,} changes, all replayed", without, "ms", LEASE, note=note),
            Figure(f"the same by a snapshot and {EVERY - 1} changes", with_it, "ms", LEASE, floor),
            Figure("its snapshot taken", taken, "ms"),
        ]


def _grown(room: WorkerRoom, changes: int, fence: Fence) -> SystemTree:
    tree = SystemTree.plant()
    _change(room, tree, range(1, changes), fence)
    return tree


def _change(room: WorkerRoom, tree: SystemTree, numbers: range, fence: Fence) -> None:
    """In ten changes two new groups, four assignments, three policies written, one group renamed."""
    groups = [*tree.groups.by_id]
    for number in numbers:
        kind, group = number % 10, groups[number * 7 % len(groups)]
        if kind < GROUPS_IN_TEN or len(groups) <= SITES:
            parent = ROOT_GROUP if len(groups) <= SITES else groups[1 + number % SITES]
            groups.append(UUID(int=number))
            tree.create(groups[-1], parent, f"group-{number}")
        elif kind < GROUPS_IN_TEN + 4:
            condition = {"network": [f"10.{number % 200}.0.0/16"]}
            category, choices = f"category-{number % 20}", (Choice(f"policy-{number}", condition), Choice("base"))
            tree.assign(group, category, choices, locked=False)
        elif kind < GROUPS_IN_TEN + 7:
            tree.revise(POLICY, category="file", name=f"policy-{number % 500}")
        elif group != ROOT_GROUP:
            tree.rename(group, f"renamed-{number}")
        else:
            tree.revise(POLICY, category="file", name="base")
    meta, mapper = Meta(1, room.clock.now_ms, who="operator:bench"), room.records.mapper
    room.log.append([mapper.encode(each, meta) for each in tree.collect_events()], fence=fence)


def _check(room: WorkerRoom, changes: int) -> None:
    tree = room.new_records().system_tree()
    assert tree.version == changes, tree.version


def _ms(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return round((time.process_time() - began) * 1000, 1)
