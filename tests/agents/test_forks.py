"""Clones seen from the machines: each leaves the key that both use, keeps what it has to say, and lives on."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agents.key_ring import FRESH, NEXT
from agents.machine import Machine
from agents.outcome import Outcome
from agents.state import Standing
from domain.orders import SetRegistrationPolicy
from tests.agents.fork_world import ForkWorld
from tests.agents.re_key_world import crash_at
from tests.agents.world import CLAIMS, PROPERTIES, Crashed, LostAnswer

World = Callable[[], ForkWorld]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An enrolled agent with some call-ins behind it; everybody is let in from now on but forks."""
    made: list[ForkWorld] = []

    def make() -> ForkWorld:
        directory = tmp_path / f"{len(made)}"
        directory.mkdir()
        found = ForkWorld(directory)
        made.append(found)
        found.enrol()
        found.happen("Before")
        found.call_in()
        found.room.order(SetRegistrationPolicy("allow-all", duplicates="allow"))
        return found

    yield make
    for each in made:
        each.room.close()


def ids(*machines: ForkWorld) -> set[bytes]:
    return {each.member.keep.state.agent_id for each in machines}


def fresh_ids(world: ForkWorld) -> set[bytes]:
    """The agents that came out of a fork."""
    return {each.facts["agent_id"] for each in world.room.events("Agent.Branched")}


@pytest.mark.parametrize("first", ["the copy", "the machine"])
def test_each_of_two_machines_becomes_an_entry_of_its_own(world: World, first: str) -> None:
    machine = world()
    copy = machine.copied("copy")
    old_id, old_key = machine.member.keep.state.agent_id, machine.member.identity.fingerprint
    copy.happen("OfTheCopy")
    machine.happen("OfTheMachine")
    one, two = (copy, machine) if first == "the copy" else (machine, copy)

    assert one.call_in().outcome is Outcome.ACCEPTED
    noticed = two.call_in()
    one.happen("AfterIt")
    learned = one.call_in()

    assert (noticed.outcome, learned.outcome) == (Outcome.PENDING, Outcome.PENDING)
    assert machine.refusals() == {"fork"}
    assert len(ids(one, two) | {old_id}) == 3
    assert fresh_ids(machine) == ids(one, two)
    assert old_key not in {one.member.identity.fingerprint, two.member.identity.fingerprint}
    for each in (one, two):
        assert [done.outcome for done in each.settled()] == [Outcome.ACCEPTED] * 2
    assert sorted(machine.delivered()) == ["AfterIt", "Before", "OfTheCopy", "OfTheMachine"]
    assert "Agent.MergedInto" not in machine.room.topics()
    assert machine.room.topics().count("Agent.Forked") == 1


def test_a_machine_whose_disk_was_put_back_goes_on_with_a_key_of_its_own(world: World) -> None:
    machine = world()
    image = machine.copied("image")
    for kind in ("One", "Two"):
        machine.happen(kind)
        machine.call_in()
    machine.put_back(image)
    machine.happen("Three")

    noticed = machine.call_in()

    assert noticed.outcome is Outcome.PENDING
    assert [done.outcome for done in machine.settled()] == [Outcome.ACCEPTED] * 2
    assert machine.delivered() == ["Before", "One", "Two", "Three"]
    assert fresh_ids(machine) == ids(machine)


def test_a_lost_reply_is_no_clone(world: World) -> None:
    machine = world()
    for fault in ("answer", "request"):
        machine.happen(fault)
        machine.exchanges, machine.fault = 0, lambda number, fault=fault: fault if number == 2 else ""  # type: ignore[misc]
        with pytest.raises(LostAnswer):
            machine.call_in()
        machine.fault = lambda number: ""
        machine.restart()
        assert machine.call_in().outcome is Outcome.ACCEPTED

    assert machine.refusals() == set()
    assert machine.delivered() == ["Before", "answer", "request"]


def test_the_fresh_key_says_everything_anew_and_nothing_else_is_forgotten(world: World) -> None:
    machine = world()
    copy = machine.copied("copy")
    copy.happen("OfTheCopy")
    copy.call_in()
    machine.happen("OfTheMachine")
    machine.call_in()
    kept = machine.member.keep.accepted()

    machine.settled()

    reported = machine.room.events("Diary.PropertiesReported")
    subjects = {
        each.facts["fingerprint"]: each.meta.subject_id for each in machine.room.events("Registration.Requested")
    }
    assert reported[-1].meta.subject_id == subjects[machine.member.identity.fingerprint]
    assert machine.member.keep.accepted() == kept


def noticing(world: ForkWorld) -> None:
    """The call-in in which the fork is noticed."""
    assert world.call_in().outcome is Outcome.PENDING


def prepared(world: World) -> ForkWorld:
    """A copy has taken the next numbers; the machine has something to say and does not know yet."""
    machine = world()
    copy = machine.copied("copy")
    copy.happen("OfTheCopy")
    copy.call_in()
    machine.happen("OfTheMachine")
    machine.exchanges = 0
    return machine


def lives_on(machine: ForkWorld) -> None:
    """After whatever befell it: one fresh key, everything delivered once, no file left behind."""
    machine.fault = lambda number: ""
    machine.restart()
    noticed = machine.call_in()
    assert noticed.outcome is Outcome.PENDING, noticed
    machine.restart()
    assert [done.outcome for done in machine.settled()] == [Outcome.ACCEPTED] * 2
    machine.restart()
    assert machine.member.keep.state.standing is Standing.ALLOWED
    assert not (machine.home / NEXT).exists()
    assert not (machine.home / FRESH).exists()
    assert machine.delivered() == ["Before", "OfTheCopy", "OfTheMachine"]
    assert len(fresh_ids(machine)) == 1
    assert machine.refusals() == {"fork"}


def test_wherever_the_agent_is_killed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = prepared(world)
    with crash_at(0, monkeypatch) as acts:
        noticing(plain)
    assert {"fsync", "link", "replace"} <= set(acts), acts

    for step in range(1, len(acts) + 1):
        machine = prepared(world)
        with crash_at(step, monkeypatch), pytest.raises(Crashed):
            noticing(machine)
        machine.room.shift = machine.room.new_shift("worker-1")
        lives_on(machine)


@pytest.mark.parametrize("fault", ["request", "answer", "worker", "unknown"])
def test_whatever_befalls_any_exchange(world: World, fault: str) -> None:
    plain = prepared(world)
    noticing(plain)
    for cut in range(1, plain.exchanges + 1):
        machine = prepared(world)
        machine.fault = lambda number, cut=cut: fault if number == cut else ""  # type: ignore[misc]
        try:
            machine.call_in()
        except LostAnswer:
            machine.room.shift = machine.room.new_shift("worker-1")
        lives_on(machine)


def test_a_copy_that_was_made_while_a_new_key_was_offered(world: World) -> None:
    machine = world()
    machine.re_key()
    machine.exchanges, machine.fault = 0, lambda number: "answer" if number == 1 else ""
    with pytest.raises(LostAnswer):
        machine.call_in()
    machine.fault = lambda number: ""
    copy = machine.copied("copy")
    copy.happen("OfTheCopy")
    machine.happen("OfTheMachine")

    machine.call_in()
    for each in (copy, machine, copy):
        each.call_in()

    assert len(ids(copy, machine)) == 2
    for each in (copy, machine):
        if each.member.keep.state.standing is Standing.PENDING:
            each.settled()
    assert sorted(set(machine.delivered())) == ["Before", "OfTheCopy", "OfTheMachine"]


def test_a_copy_with_a_key_that_was_replaced_is_told_so(world: World) -> None:
    machine = world()
    copy = machine.copied("copy")
    machine.re_key()
    machine.call_in()
    copy.happen("OfTheCopy")

    done = copy.call_in()

    assert (done.outcome, done.reason) == (Outcome.REFUSED, "key_replaced")
    assert copy.member.events.ids()
    assert machine.room.topics().count("Agent.Forked") == 0
    assert machine.call_in().outcome is Outcome.ACCEPTED


def test_a_server_restored_from_a_backup_takes_nobody_for_a_clone(world: World, tmp_path: Path) -> None:
    machine = world()
    backup = tmp_path / "backup"
    machine.back_up(backup)
    for kind in ("One", "Two"):
        machine.happen(kind)
        machine.call_in()
    machine.restore(backup)
    machine.happen("Three")

    dones = [machine.call_in() for _ in range(2)]

    assert [done.outcome for done in dones] == [Outcome.ACCEPTED] * 2
    assert machine.refusals() == {"gap"}
    assert machine.delivered() == ["Before", "Three"]


def test_a_server_restored_to_a_time_before_the_fork_learns_of_it_anew(world: World, tmp_path: Path) -> None:
    machine = world()
    backup = tmp_path / "backup"
    machine.back_up(backup)
    copy = machine.copied("copy")
    for each in (copy, machine, copy):
        each.call_in()
    for each in (copy, machine):
        each.settled()
    machine.restore(backup)
    machine.happen("AfterIt")

    dones = [each.call_in() for each in (copy, machine)]

    assert [done.outcome for done in dones] == [Outcome.PENDING] * 2
    assert len(fresh_ids(machine)) == 2
    assert [done.outcome for each in (copy, machine) for done in each.settled()] == [Outcome.ACCEPTED] * 4
    assert "Agent.MergedInto" not in machine.room.topics()
    assert machine.delivered() == ["Before", "AfterIt"]


@pytest.mark.parametrize("moment", [2, 3])
def test_a_handler_that_releases_what_the_restored_server_forgot_makes_no_fork(
    world: World, tmp_path: Path, moment: int
) -> None:
    machine = world()
    backup = tmp_path / "backup"
    machine.back_up(backup)
    carried = machine.wire_tap()
    machine.happen("One")
    machine.call_in()
    forgotten = list(carried)
    machine.restore(backup)
    machine.happen("Two")
    machine.machine = Machine(CLAIMS, {**PROPERTIES, "place": "elsewhere"})
    machine.exchanges = 0

    def release(number: int) -> str:
        if number == moment:
            for each in forgotten:
                machine.room.handle([each])
        return ""

    machine.fault = release
    dones = [machine.call_in() for _ in range(2)]

    assert [done.outcome for done in dones] == [Outcome.ACCEPTED] * 2
    assert machine.refusals() == {"gap", "number_used"}
    assert "Agent.Forked" not in machine.room.topics()
    assert {"Before", "Two"} <= set(machine.delivered())
