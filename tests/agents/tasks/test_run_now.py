"""An order to run a task now is for who holds the task when it comes: once, whatever becomes of the process."""

from pathlib import Path

import pytest

from agents.in_force import Place, in_force
from agents.tasks.book import Book
from agents.tasks.runs import AT_ONCE
from agents.wiring import NoTasks
from tests.agents.tasks.board_room import CODEC, HOUR, MINUTE, BoardRoom
from wire.held import TASK


@pytest.fixture
def room(tmp_path: Path) -> BoardRoom:
    return BoardRoom(tmp_path)


def rung(room: BoardRoom) -> int:
    room.settle()
    return len(room.bell.rung)


def withdrawn(room: BoardRoom) -> None:
    room.held.nothing()
    room.assign()


def test_an_order_given_before_the_agent_had_the_task_is_not_its_order(room: BoardRoom) -> None:
    room.task(version=7, run_now=7)
    room.restart()
    before = rung(room)

    room.task(version=8, run_now=8)

    assert (before, rung(room)) == (0, 1)


def test_an_order_is_carried_out_once_however_often_the_process_ends(room: BoardRoom) -> None:
    room.task(version=1)
    room.restart()
    room.held.task("ring", {"type": "bell", "run_now": 2}, version=2)  # taken, and the process ends before it is heard
    room.restart()
    heard = rung(room)

    room.restart()
    room.task(version=3, run_now=2, time_limit_s=60)
    room.restart()

    assert (heard, rung(room)) == (1, 1)


def test_an_order_that_waits_for_room_waits_across_the_end_of_the_process(room: BoardRoom) -> None:
    room.bell.ends.clear()
    room.task("last")
    for at in range(AT_ONCE):
        room.order_now(f"ring {at}")
    room.held.task("last", {"type": "bell", "run_now": 2}, version=2)
    room.assign()
    at_once = len(room.bell.rung)

    room.restart()
    room.bell.ends.set()

    assert (at_once, rung(room)) == (AT_ONCE, AT_ONCE + 1)


@pytest.mark.parametrize("restarted", [False, True])
def test_a_task_that_was_away_does_not_run_by_what_was_ordered_meanwhile(room: BoardRoom, restarted: bool) -> None:
    room.order_now()
    before = rung(room)
    withdrawn(room)
    if restarted:
        room.restart()
    room.now_ms += 90 * 24 * HOUR

    room.task(version=5, run_now=5)
    if restarted:
        room.restart()
    came_back = rung(room)
    room.task(version=6, run_now=6)

    assert (before, came_back, rung(room)) == (1, 1, 2)


def test_a_withdrawal_that_a_full_disk_did_not_take_down_counts_all_the_same(room: BoardRoom) -> None:
    room.order_now()
    before = rung(room)
    room.full_disk = True
    withdrawn(room)
    room.full_disk = False

    room.task(version=5, run_now=5)
    room.pass_time(2 * MINUTE)

    assert (before, rung(room)) == (1, 1)


def test_a_new_task_that_a_full_disk_did_not_take_down_does_not_run_by_an_old_order(room: BoardRoom) -> None:
    room.full_disk = True
    room.task(version=5, run_now=5)
    room.full_disk = False
    room.pass_time(2 * MINUTE)
    before = rung(room)

    room.task(version=6, run_now=6)

    assert (before, rung(room)) == (0, 1)


def test_a_task_withdrawn_and_given_back_by_single_call_ins_does_not_run_by_what_was_ordered_meanwhile(
    room: BoardRoom,
) -> None:
    room.order_now()
    before = rung(room)
    room.held.nothing()
    NoTasks(room.journal).assign({})  # as `muster agent call-in` does while nothing runs

    room.held.task("ring", {"type": "bell", "run_now": 5}, version=5)
    NoTasks(room.journal).assign(in_force(room.held.items(), TASK, Place((), {}), CODEC))
    room.restart()

    assert (before, rung(room)) == (1, 1)


def test_an_order_heard_by_a_single_call_in_waits_for_the_agent_that_runs(room: BoardRoom) -> None:
    room.task()

    room.held.task("ring", {"type": "bell", "run_now": 2}, version=2)
    NoTasks(room.journal).assign(in_force(room.held.items(), TASK, Place((), {}), CODEC))
    room.restart()

    assert rung(room) == 1


def test_a_task_not_in_force_where_the_machine_is_does_not_run_by_what_is_ordered_then(room: BoardRoom) -> None:
    room.task()
    elsewhere = {"network": ["192.0.2.0/24"]}
    room.held.nothing()
    room.held.task("ring", {"type": "bell"}, when=elsewhere)
    room.assign()
    room.held.task("ring", {"type": "bell", "run_now": 2}, version=2, when=elsewhere)
    room.assign()

    room.held.nothing()
    room.task(version=2, run_now=2)

    assert rung(room) == 0


def test_a_counter_that_a_restored_server_set_back_begins_anew(room: BoardRoom) -> None:
    room.task(version=8)
    room.task(version=9, run_now=9)
    before = rung(room)

    room.task(version=5, run_now=5)
    set_back = rung(room)
    room.task(version=6, run_now=6)

    assert (before, set_back, rung(room)) == (1, 1, 2)


def test_a_task_first_seen_in_a_version_that_cannot_be_read_brings_no_order(room: BoardRoom) -> None:
    room.task(version=6, run_now=6, schedule={"daily": "25:00"})

    room.task(version=7, run_now=6)
    understood = rung(room)
    room.task(version=8, run_now=8)

    assert (understood, rung(room)) == (0, 1)


def test_an_order_that_comes_with_the_version_after_one_that_cannot_be_read_is_carried_out(room: BoardRoom) -> None:
    room.task()
    room.task(version=2, schedule={"daily": "25:00"})

    room.task(version=3, run_now=3)

    assert rung(room) == 1


def test_what_an_agent_of_an_older_version_wrote_down_still_tells_what_was_carried_out(room: BoardRoom) -> None:
    room.order_now()
    before = rung(room)
    (path,) = (room.home / "tasks").iterdir()
    plain = CODEC.decode(path.read_bytes())
    del plain["holds"]
    path.write_bytes(CODEC.encode(plain))

    room.restart()
    again = rung(room)
    room.task(version=3, run_now=3)

    assert (before, again, rung(room)) == (1, 1, 2)
    assert [each.holds for each in Book(room.home, CODEC).all().values()] == [True]
