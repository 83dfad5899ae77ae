"""An order to run a task now, from the worker's decision to the run on an agent that holds the task."""

from pathlib import Path
from typing import Any

import pytest

from agents.codec import MsgpackCodec
from agents.holdings import Holdings
from agents.shelf import MemoryShelf
from domain.desired_orders import (
    ApplyDocument,
    AssignPolicies,
    DeletePolicy,
    EndAssignment,
    RestorePolicy,
    RunTaskNow,
    WritePolicy,
)
from handlers.policy_content import ordered_again, settings_of
from tests.agents.tasks.board_room import BoardRoom
from tests.handlers.test_delivery import Speaker
from wire.held import read_contents, read_manifest
from worker_room import SpeakingAgent, WorkerRoom

RING = {"type": "bell"}
NAMED = "task/ring", "ring"


class Machine:
    """An agent with its task board: what the worker tells it is held, and runs."""

    def __init__(self, room: WorkerRoom, name: str, home: Path) -> None:
        agent = SpeakingAgent(room, name)
        agent.enrol()
        self._speaker = Speaker(agent)
        self._holdings = Holdings(MsgpackCodec(), MemoryShelf(), name.encode())
        self.board_room = BoardRoom(home)
        self.board_room.held = self._holdings  # type: ignore[assignment]

    def call_in(self) -> int:
        """Take what there is; how often the bell has rung by then."""
        told = self._speaker.idle(self._holdings.hash(), self._holdings.statement()).content
        if "manifest" in told:
            self._holdings.take(read_manifest(told["manifest"]), read_contents(told.get("contents", [])))
        self.board_room.assign()
        self.board_room.settle()
        return len(self.board_room.bell.rung)


@pytest.fixture
def machine(room: WorkerRoom, tmp_path: Path) -> Machine:
    found = Machine(room, "pc-1", tmp_path / "pc-1")
    order(room, WritePolicy(*NAMED, RING))
    assigned(room)
    found.call_in()
    return found


def order(room: WorkerRoom, command: Any) -> None:
    assert room.order(command).outcome == "done"


def assigned(room: WorkerRoom) -> None:
    order(room, AssignPolicies("task/ring", [{"policy": "ring"}], group="/"))


def counter(room: WorkerRoom) -> int:
    policy = room.records.policy_named(*NAMED)
    assert policy is not None
    return int(settings_of(policy.content).get("run_now", 0))


def test_only_agents_that_hold_the_task_run_it(room: WorkerRoom, machine: Machine, tmp_path: Path) -> None:
    order(room, RunTaskNow("ring"))
    holder = machine.call_in()

    late = Machine(room, "pc-2", tmp_path / "pc-2")
    before = late.call_in()
    order(room, RunTaskNow("ring"))

    assert (holder, before) == (1, 0)
    assert (machine.call_in(), late.call_in()) == (2, 1)


@pytest.mark.parametrize("heard_of_the_end", [True, False])
def test_a_task_that_was_deleted_and_made_again_runs_when_told(
    room: WorkerRoom, machine: Machine, heard_of_the_end: bool
) -> None:
    for _ in range(3):
        order(room, RunTaskNow("ring"))
        machine.call_in()
    order(room, EndAssignment("task/ring", group="/"))
    order(room, DeletePolicy(*NAMED))
    if heard_of_the_end:
        machine.call_in()
    order(room, WritePolicy(*NAMED, RING))
    assigned(room)
    made_again = machine.call_in()

    order(room, RunTaskNow("ring"))

    assert (made_again, machine.call_in()) == (3, 4)


def test_a_task_that_was_applied_anew_from_a_file_runs_when_told(room: WorkerRoom, machine: Machine) -> None:
    chosen = {"group": "/", "category": NAMED[0], "choose": [{"policy": "ring"}]}
    file = {"task": [{"name": "ring", **RING}], "assignment": [chosen]}
    for _ in range(3):
        order(room, RunTaskNow("ring"))
        machine.call_in()
    order(room, ApplyDocument({"group": []}))
    order(room, ApplyDocument(file))
    applied = machine.call_in()

    order(room, RunTaskNow("ring"))

    assert (applied, machine.call_in()) == (3, 4)


def test_other_content_and_a_return_to_older_content_are_no_orders(room: WorkerRoom, machine: Machine) -> None:
    order(room, RunTaskNow("ring"))
    machine.call_in()

    order(room, WritePolicy(*NAMED, RING | {"time_limit_s": 60}))
    order(room, WritePolicy(*NAMED, RING | {"time_limit_s": 61, "run_now": 999}))
    order(room, RestorePolicy(*NAMED, 1))

    assert (machine.call_in(), counter(room)) == (1, 2)


def test_the_counter_is_the_number_of_the_version_and_never_goes_back(room: WorkerRoom, machine: Machine) -> None:
    counters = []
    for version in range(3):
        order(room, RunTaskNow("ring"))
        counters.append(counter(room))
        order(room, WritePolicy(*NAMED, RING | {"time_limit_s": 60 + version}))
        counters.append(counter(room))

    assert counters == [2, 2, 4, 4, 6, 6]


@pytest.mark.parametrize(
    ("stored", "version", "counter"), [({}, 1, 2), ({"run_now": 1}, 5, 6), ({"run_now": 900}, 3, 901)]
)
def test_counters_of_older_versions_of_the_server_go_on_growing(
    stored: dict[str, Any], version: int, counter: int
) -> None:
    assert ordered_again(RING | stored, version) == RING | {"run_now": counter}


def test_the_reason_of_an_order_is_the_note_of_its_version(room: WorkerRoom, machine: Machine) -> None:
    order(room, RunTaskNow("ring", "ticket 4711"))

    assert [event.facts["note"] for event in room.events("Policy.Written")] == ["run now: ticket 4711"]
