"""Projections equal a plain fold over the log, whatever happened and wherever the projector died."""

import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import diary
from domain.diary import Decision
from domain.errors import OrderRefused
from projections.reports import Reports
from store.log import StoreUnavailable
from tests.projections.fleet_log import FleetLog, Machine
from tests.projections.fold import Fold
from tests.projections.under_test import Dying, Room, SqliteRoom
from wire.types import AgentType

ACTS: list[Callable[[FleetLog, Machine, random.Random], object]] = [
    lambda fleet, machine, _: fleet.ask_again(machine),
    lambda fleet, machine, draw: fleet.ask_again(machine, name=f"renamed{draw.randrange(3)}"),
    lambda fleet, machine, draw: fleet.refuse(machine, draw.choice(["pending", "gap"])),
    lambda fleet, machine, _: fleet.allow(machine),
    lambda fleet, machine, _: fleet.block(machine),
    lambda fleet, machine, _: fleet.revoke(machine),
    lambda fleet, machine, draw: fleet.call_in(machine, draw.choice(["interval", "manual"])),
    lambda fleet, machine, _: fleet.call_in(machine, decision=Decision.PROPERTIES_WANTED),
    lambda fleet, machine, draw: fleet.full_properties(machine, some_properties(draw)),
    lambda fleet, machine, draw: fleet.property_changes(machine, some_properties(draw), ("a", "c")),
    lambda fleet, machine, draw: fleet.property_changes(machine, {"x": 1}, decision=Decision.PROPERTIES_WANTED),
    lambda fleet, machine, draw: fleet.deliver(machine, [{"type": "t", "time": 1, "data": {}}] * draw.randrange(4)),
    lambda fleet, machine, _: fleet.package(
        machine, AgentType.FULL_PROPS, diary.CONTENT_REFUSED, b"\xc1", Decision.MALFORMED
    ),
]


def some_properties(draw: random.Random) -> dict[str, Any]:
    names = draw.sample(["a", "b", "c", "d"], draw.randrange(4))
    return {name: draw.choice([1, "two", [3, None], {"four": 4.5}]) for name in names}


def live_through(fleet: FleetLog, draw: random.Random, events: int) -> None:
    machines = [fleet.register("pc0")]
    for _ in range(events):
        if len(machines) < 4 and draw.random() < 0.1:
            machines.append(fleet.register(f"pc{len(machines)}"))
        with suppress(OrderRefused):
            draw.choice(ACTS)(fleet, draw.choice(machines), draw)


def follow(room: Room, draw: random.Random) -> None:
    """Through pages of every size, dying before and after commits."""
    while True:
        dying = Dying(room.database, {draw.randrange(2, 9)}, {draw.randrange(2, 9)})
        projector = room.projector(page_events=draw.randrange(1, 9), database=dying)
        with suppress(StoreUnavailable):
            while projector.step():
                pass
            return


def told_by(reports: Reports, fold: Fold) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for agent_id in fold.agents:
        agent, registration = reports.agent(agent_id), reports.registration(agent_id)
        told[agent_id] = {
            **{name: agent[name] for name in ("name", "status", "version", "registration_id", "properties")},
            **{name: agent[name] for name in ("call_ins", "events_delivered", "last_number")},
            **{name: registration[name] for name in ("trusted", "decided_by", "reason", "requests", "refused_reason")},
            "timeline": [item["position"] for item in reports.timeline(agent_id, limit=1000).items],
        }
    return told


def assert_reports_equal_the_fold(room: Room) -> None:
    fold, reports = Fold(room.log, room.fleet.mapper), room.reports()
    assert told_by(reports, fold) == {key: value | fold.registrations[key] for key, value in fold.agents.items()}
    assert len(reports.agents().items) == len(reports.registrations().items) == len(fold.agents)
    call_ins = [(row["position"], row["agent_id"], row["number"]) for row in reports.call_ins(limit=1000).items]
    assert call_ins == fold.call_ins[::-1]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), events=st.integers(0, 60))
def test_projections_equal_a_fold_over_the_log(
    seed: int, events: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    draw = random.Random(seed)
    room = SqliteRoom(Path(tmp_path_factory.mktemp("room")))
    room.fleet.together(lambda: live_through(room.fleet, draw, events))

    follow(room, draw)

    assert_reports_equal_the_fold(room)
    room.close()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_projections_equal_a_fold_over_a_longer_log(seed: int, room: Room) -> None:
    draw = random.Random(seed)
    room.fleet.together(lambda: live_through(room.fleet, draw, 300))

    follow(room, draw)

    assert_reports_equal_the_fold(room)


@pytest.mark.parametrize("seed", [4, 5])
def test_a_rebuild_of_everything_equals_the_fold_too(seed: int, room: Room) -> None:
    draw = random.Random(seed)
    room.fleet.together(lambda: live_through(room.fleet, draw, 100))
    follow(room, draw)
    for name in ("registration_status", "agents", "call_ins", "timeline", "agent_events"):
        room.fleet.order_rebuild(name)
    room.fleet.together(lambda: live_through(room.fleet, draw, 100))

    follow(room, draw)

    assert_reports_equal_the_fold(room)
