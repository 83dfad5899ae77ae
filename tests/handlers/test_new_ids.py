"""An agent whose id changed hears the new one with its next call-in, once; nobody else hears any."""

import pytest

from tests.handlers.test_duplicates import Machine, merge, restart, split
from worker_room import WorkerRoom


@pytest.fixture
def old(room: WorkerRoom) -> Machine:
    machine = Machine(room, "pc-1")
    machine.ask()
    machine.be_allowed()
    return machine


@pytest.fixture
def new(room: WorkerRoom, old: Machine) -> Machine:
    """The same machine after a reinstall, allowed in its own right, with two call-ins."""
    machine = Machine(room, "pc-2")
    machine.say(machine.registration(resource_keys={}))
    machine.be_allowed()
    for number in (1, 2):
        machine.say(machine.call_in(number))
    return machine


def answered(machine: Machine, number: int) -> object:
    """The id in the answer to this call-in; None for none."""
    return machine.say(machine.call_in(number)).content.get("agent_id")


def test_a_merged_agent_hears_its_id_once_and_again_when_it_repeats(
    room: WorkerRoom, old: Machine, new: Machine
) -> None:
    assert merge(room, new, old).outcome == "done"

    heard = [answered(new, 3), answered(new, 3), answered(new, 4)]

    assert heard == [old.agent_id(), old.agent_id(), None]
    assert answered(old, 1) is None


def test_a_new_worker_tells_once_more_what_it_cannot_know_to_be_heard(
    room: WorkerRoom, old: Machine, new: Machine
) -> None:
    merge(room, new, old)
    answered(new, 3)
    restart(room)

    assert [answered(new, 4), answered(new, 5)] == [old.agent_id(), None]


@pytest.mark.parametrize("restarted", [False, True])
def test_after_a_split_it_hears_its_own_again(room: WorkerRoom, old: Machine, new: Machine, *, restarted: bool) -> None:
    merge(room, new, old)
    answered(new, 3)
    assert split(room, new).outcome == "done"
    if restarted:
        restart(room)

    heard = [answered(new, 4), answered(new, 5)]

    assert heard[0] not in (None, old.agent_id())
    assert heard[1] is None


def test_who_was_never_merged_hears_no_id_and_the_idle_answer_stays_as_short_as_it_was(
    room: WorkerRoom, new: Machine
) -> None:
    restart(room)

    assert [answered(new, number) for number in (3, 4)] == [None, None]
    assert new.say(new.full_properties(5, {"a": 1}, bytes(16))).content == {}
