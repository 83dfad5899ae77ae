"""How long a change of policy takes with 1,000 groups, and the compliance report over 100,000 agents."""

import statistics
import time
from collections.abc import Callable
from contextlib import closing
from itertools import count, cycle
from typing import Any
from uuid import UUID

from domain.desired_orders import ApplyDocument, AssignPolicies, DesiredCommand, WritePolicy
from projections.policy_claims import FAILED
from projections.reports.listing import Wanted
from store.log import Place
from tests.bench.figure import Figure, Floor, Target
from tests.bench.ground import Ground
from tests.bench.large_tree import BELOW, CATEGORIES, TOPS, document, fill
from tests.projections.under_test import PostgresRoom, Room, SqliteRoom
from worker_room import WorkerRoom

ORDER = Target(1_000.0)
REPORT = Target(100.0)


def measure(ground: Ground) -> list[Figure]:
    """Orders on a worker with SQLite that waits for its disk; reports on either database, without one."""
    found = _orders(WorkerRoom(ground.directory()), ground.scale.rounds)
    sqlite = SqliteRoom(ground.directory())
    with closing(sqlite):
        found += _reports("SQLite", sqlite, ground)
    postgres = PostgresRoom(ground.diskless_postgres)
    with closing(postgres):
        return found + _reports("PostgreSQL", postgres, ground)


def _orders(room: WorkerRoom, rounds: int) -> list[Figure]:
    applied = _ms(lambda: _done(room, ApplyDocument(document())))
    versions, names = count(1), cycle(["special", "base"])
    floor = Floor(_median(rounds, lambda: _done(room, _write("unassigned", next(versions)))), "one unassigned policy")

    def assigned() -> None:
        _done(room, AssignPolicies(CATEGORIES[1], [{"policy": next(names)}], group="/"))

    return [
        Figure("apply a file of 1,000 groups, 20 policies", applied, "ms", ORDER),
        Figure("same file again", _ms(lambda: _unchanged(room)), "ms", ORDER),
        Figure(
            "policy change", _median(rounds, lambda: _done(room, _write("base", next(versions)))), "ms", ORDER, floor
        ),
        Figure("assignment above all", _median(rounds, assigned), "ms", ORDER, floor),
        Figure("what 1,000 groups are to hold, made anew", _ms(lambda: _made_anew(room)), "ms"),
    ]


def _reports(name: str, room: Room, ground: Ground) -> list[Figure]:
    fill(room, ground.scale.governed, gather=name == "PostgreSQL")
    desired = room.reports().desired
    rounds = ground.scale.rounds
    asked: dict[str, tuple[Callable[[], Any], Target | None]] = {
        f"compliance of {ground.scale.governed:,} agents": (desired.compliance.counts, REPORT),
        "who failed, 100 agents": (lambda: desired.compliance.page(Wanted(limit=100), state=FAILED), REPORT),
        "groups with their agents": (desired.groups.page, REPORT),
        "policies": (desired.policies.page, REPORT),
    }
    return [Figure(f"{name}: {how}", _median(rounds, ask), "ms", target) for how, (ask, target) in asked.items()]


def _write(name: str, version: int) -> WritePolicy:
    return WritePolicy(CATEGORIES[0], name, {"text": f"version {version}"})


def _done(room: WorkerRoom, command: DesiredCommand) -> None:
    outcome = room.order(command)
    assert outcome.outcome == "done", outcome


def _unchanged(room: WorkerRoom) -> None:
    outcome = room.order(ApplyDocument(document()))
    assert outcome.outcome in ("unchanged", "done"), outcome


def _made_anew(room: WorkerRoom) -> None:
    desired = room.shift._memory.desired
    tree = desired.tree()
    assert tree is not None
    assert len(tree.groups) == 1 + TOPS * (1 + BELOW)
    for group in tree.groups.by_id:
        assert len(desired.told(UUID(int=0), Place(group.bytes, False, 0)).parts) == len(CATEGORIES)


def _median(rounds: int, act: Callable[[], object]) -> float:
    act()
    return round(statistics.median(_ms(act) for _ in range(rounds)), 1)


def _ms(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return round((time.perf_counter() - began) * 1000, 1)
