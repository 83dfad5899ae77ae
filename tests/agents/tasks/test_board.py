"""Tasks run when due, are reported with their end, and never run twice for one due time, also across kills."""

import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.tasks.book import Book
from agents.tasks.runs import AT_ONCE, GRACE_S
from agents.tasks.task_type import FAILED, CannotRun, Ended
from tests.agents.tasks.board_room import CODEC, HOUR, MINUTE, NOON, BoardRoom

EACH_MINUTE = {"cron": "* * * * *"}
STARTED, ENDED = "TaskStarted", "TaskEnded"


@pytest.fixture
def room(tmp_path: Path) -> BoardRoom:
    return BoardRoom(tmp_path)


def test_a_run_is_reported_with_its_start_and_its_end(room: BoardRoom) -> None:
    room.task(schedule=EACH_MINUTE, settings={"loud": True})

    room.pass_time(MINUTE)

    (item, _), (started, ended) = room.held.items()[0], room.told()
    run = started.data["run"]
    assert room.bell.rung == [{"loud": True}]
    assert (started.type, started.data) == (
        STARTED,
        {"id": item.id, "name": "ring", "run": run, "due": NOON + MINUTE},
    )
    assert (ended.type, ended.data) == (
        ENDED,
        {
            "id": item.id,
            "name": "ring",
            "run": run,
            "due": NOON + MINUTE,
            "exit": 0,
            "outcome": "done",
            "output": "ding",
            "started": started.time_ms,
            "ended": ended.time_ms,
        },
    )


def test_whoever_attends_to_the_tasks_learns_when_a_run_has_ended(room: BoardRoom) -> None:
    room.bell.ends.clear()
    room.order_now()
    running = room.board.attend()
    room.nudged.clear()

    room.bell.ends.set()
    assert room.nudged.wait(60)

    assert (running, room.board.attend(), room.board.attend()) == (False, True, False)


def test_each_due_time_has_one_run(room: BoardRoom) -> None:
    room.task(schedule=EACH_MINUTE)

    room.pass_time(5 * MINUTE)

    assert [due for kind, due, _ in room.outcomes() if kind == STARTED] == [1, 2, 3, 4, 5]


def test_a_task_without_a_schedule_waits_to_be_told(room: BoardRoom) -> None:
    room.task()
    room.pass_time(HOUR)
    before = len(room.bell.rung)

    room.task(version=2, run_now=1)
    room.settle()
    room.task(version=3, run_now=1)
    room.restart()
    room.settle()

    assert (before, len(room.bell.rung)) == (0, 1)


def test_run_now_said_three_times_while_the_agent_was_away_is_one_run(room: BoardRoom) -> None:
    room.order_now()
    room.settle()

    room.task(version=4, run_now=4)
    room.settle()

    assert len(room.bell.rung) == 2


def test_at_start_up_it_runs_once_for_each_process(room: BoardRoom) -> None:
    room.task(schedule={"startup": True})
    room.pass_time(HOUR)
    never_before = len(room.bell.rung)
    room.restart()
    room.pass_time(HOUR)
    room.restart()
    room.pass_time(HOUR)

    assert (never_before, len(room.bell.rung)) == (0, 2)


def test_at_start_up_it_may_be_delayed(room: BoardRoom) -> None:
    room.task(schedule={"startup": True}, random_delay_s=600)
    room.restart()
    at_once = len(room.bell.rung)

    room.pass_time(600_000)

    assert (at_once, len(room.bell.rung)) == (0, 1)


@pytest.mark.parametrize(
    ("error", "output"),
    [
        (CannotRun("no bell here"), "no bell here"),
        (ValueError("x"), "ValueError: x"),
        (SystemExit(1), "it raised SystemExit"),
    ],
)
def test_a_type_that_raises_is_a_failed_run(room: BoardRoom, error: BaseException, output: str) -> None:
    room.bell.error = error
    room.order_now()
    room.settle()

    ended = room.told()[-1].data
    assert (ended["outcome"], ended["exit"], ended["output"]) == ("failed", None, output)


@pytest.mark.parametrize(
    "nonsense",
    ["fine", None, Ended("fine"), Ended("done", "0"), Ended("done", 0, b"x"), Ended(["done"])],  # type: ignore[arg-type]
)
def test_a_type_that_returns_nonsense_is_a_failed_run(room: BoardRoom, nonsense: Any) -> None:
    room.bell.result = nonsense
    room.order_now()
    room.settle()

    assert room.told()[-1].data["outcome"] == "failed"


def test_a_type_nobody_installed_is_a_failed_run(room: BoardRoom) -> None:
    room.held.task("paint", {"type": "paint", "schedule": EACH_MINUTE})
    room.assign()
    room.pass_time(MINUTE)

    assert room.told()[-1].data["output"] == "no task type paint is installed"


def test_output_is_bounded(room: BoardRoom) -> None:
    room.bell.result = Ended(FAILED, 3, "x" * 100_000)
    room.order_now()
    room.settle()

    ended = room.told()[-1].data
    assert (ended["exit"], len(ended["output"])) == (3, 4_096)


def test_a_task_that_cannot_be_understood_says_so_once(room: BoardRoom) -> None:
    room.task(schedule={"daily": "25:00"})
    room.pass_time(HOUR)
    room.restart()

    (event,) = room.told()
    assert event.data["outcome"] == "failed"
    assert event.data["output"].startswith("schedule.daily: ")


def test_while_a_run_lasts_the_next_does_not_begin_and_the_rule_decides_afterwards(room: BoardRoom) -> None:
    room.task(schedule={"cron": "0 * * * *"}, time_limit_s=86_400)
    room.bell.ends.clear()
    room.pass_time(3 * HOUR + 30 * MINUTE)

    room.bell.ends.set()
    room.settle()
    room.pass_time(HOUR)

    assert room.outcomes() == [
        (STARTED, 60, ""),
        (ENDED, 60, "done"),
        (ENDED, 180, "missed"),
        (STARTED, 240, ""),
        (ENDED, 240, "done"),
    ]


def test_a_killed_agents_run_is_reported_as_interrupted_and_not_run_again(room: BoardRoom) -> None:
    room.task(schedule={"cron": "0 * * * *"}, missed="run")
    room.bell.ends.clear()
    room.pass_time(HOUR)

    room.restart()
    room.pass_time(MINUTE)
    room.bell.ends.set()

    assert len(room.bell.rung) == 1
    assert room.outcomes() == [(STARTED, 60, ""), (ENDED, 60, "interrupted")]


def test_however_often_the_end_is_told_it_is_one_event(room: BoardRoom) -> None:
    room.order_now()
    room.settle()
    (path,) = (room.home / "tasks").iterdir()
    done = path.read_bytes()
    room.task(version=2, run_now=2)
    room.settle()
    before = [event.id for event in room.told()]

    path.write_bytes(done)  # the power went before the end was in the book
    room.restart()
    room.settle()

    again = [event.id for event in room.told()]
    assert set(before) <= set(again)
    assert [event.type for event in room.told()].count(ENDED) == [event.type for event in room.told()].count(STARTED)


def test_a_damaged_book_runs_nothing_that_may_have_been_run(room: BoardRoom) -> None:
    room.order_now(schedule={"once": "2026-11-22T12:01"}, missed="run")
    room.pass_time(2 * MINUTE)
    before = len(room.bell.rung)
    (path,) = (room.home / "tasks").iterdir()
    path.write_bytes(b"\xc1")

    room.restart()
    room.pass_time(2 * MINUTE)

    assert (before, len(room.bell.rung)) == (2, 2)


def test_while_the_disk_is_full_nothing_starts_and_later_it_does(room: BoardRoom) -> None:
    room.task(schedule={"cron": "0 * * * *"})
    room.full_disk = True
    room.pass_time(HOUR + MINUTE)
    while_full = len(room.bell.rung)

    room.full_disk = False
    room.pass_time(2 * MINUTE)

    assert (while_full, len(room.bell.rung)) == (0, 1)
    assert room.outcomes() == [(STARTED, 60, ""), (ENDED, 60, "done")]


def test_a_task_that_is_assigned_no_more_is_stopped_and_comes_back_without_repeating(room: BoardRoom) -> None:
    room.task(schedule={"cron": "0 * * * *"}, missed="run")
    room.bell.ends.clear()
    room.pass_time(HOUR)

    room.held.nothing()
    room.assign()
    room.bell.ends.set()
    room.settle()
    stopped = room.outcomes()
    room.task(schedule={"cron": "0 * * * *"}, missed="run")
    room.pass_time(MINUTE)

    assert len(room.bell.rung) == 1
    assert stopped[0] == (STARTED, 60, "")
    assert stopped[1][2] in ("interrupted", "done")


def test_a_type_that_does_not_come_back_is_left_behind(room: BoardRoom) -> None:
    room.task(schedule={"cron": "0 * * * *"}, time_limit_s=60)
    hangs = threading.Event()
    room.bell.result = Ended(FAILED)
    room.bell.run = lambda *_: Ended(FAILED, output=str(hangs.wait(60)))  # type: ignore[method-assign]
    room.bell.ends.clear()
    room.pass_time(HOUR)

    room.pass_time(60_000 + int(GRACE_S * 1000) + 1_000)
    left = room.outcomes()[-1]
    room.pass_time(HOUR)
    hangs.set()
    room.bell.ends.set()

    assert left == (ENDED, 60, "timed_out")
    assert [kind for kind, _, _ in room.outcomes()].count(STARTED) == 1


def test_only_so_many_run_at_once(room: BoardRoom) -> None:
    room.bell.ends.clear()
    for at in range(AT_ONCE + 2):
        room.held.task(f"ring {at}", {"type": "bell"})
    room.assign()
    for at in range(AT_ONCE + 2):
        room.held.task(f"ring {at}", {"type": "bell", "run_now": 1}, version=2)
    room.assign()
    at_once = len(room.told())
    wants = room.board.wait_s()

    room.bell.ends.set()
    room.settle()
    room.settle()

    assert at_once == AT_ONCE
    assert wants > 0
    assert [event.type for event in room.told()].count(ENDED) == AT_ONCE + 2


def test_the_end_of_the_agent_ends_its_runs(room: BoardRoom) -> None:
    room.bell.ends.clear()
    room.order_now()

    room.board.stop()

    assert room.outcomes()[-1][2] == "interrupted"


def test_a_run_may_have_the_agent_call_in(room: BoardRoom) -> None:
    room.held.task("report", {"type": "call-in"})
    room.assign()
    room.held.task("report", {"type": "call-in", "run_now": 1}, version=2)
    room.assign()
    assert room.nudged.wait(60)
    errand = room.board.errand()
    assert errand is not None

    errand.done("accepted")
    room.settle()

    assert errand.full
    assert room.told()[-1].data["output"] == "accepted"
    assert room.board.errand() is None


def test_a_person_may_start_a_task(room: BoardRoom) -> None:
    room.task()

    answers = [room.board.run_by_hand("ring"), room.board.run_by_hand("sing")]
    room.settle()

    assert answers == ["started", "no such task is in force"]
    assert len(room.bell.rung) == 1


def test_without_tasks_there_is_nothing_to_wait_for(room: BoardRoom) -> None:
    assert room.board.wait_s() == float("inf")
    room.task()
    assert 0 < room.board.wait_s() <= 60


def test_what_has_not_been_assigned_for_very_long_is_forgotten(room: BoardRoom) -> None:
    room.order_now()
    room.settle()
    room.held.nothing()
    room.assign()
    kept = list(Book(room.home, CODEC).all())

    room.now_ms += 500 * 24 * HOUR
    room.assign()

    assert len(kept) == 1
    assert Book(room.home, CODEC).all() == {}


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("pass"), st.integers(1, 20 * MINUTE)),
            st.tuples(st.just("clock"), st.integers(-HOUR, HOUR)),
            st.tuples(st.just("restart"), st.integers(0, HOUR)),
            st.tuples(st.just("version"), st.integers(2, 9)),
        ),
        max_size=10,
    )
)
def test_whatever_happens_no_due_time_has_two_starts_and_every_start_one_end(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, Any]]
) -> None:
    room = BoardRoom(tmp_path_factory.mktemp("home"))
    room.task(schedule={"every_s": 300}, missed="run")

    for what, amount in steps:
        if what == "pass":
            room.pass_time(amount)
        elif what == "clock":
            room.now_ms += amount
            room.settle()
        elif what == "restart":
            room.now_ms += amount
            room.restart()
        else:
            room.task(version=amount, schedule={"every_s": 300}, missed="run")
    room.settle()

    starts = [event.data["due"] for event in room.told() if event.type == STARTED]
    runs = [event.data["run"] for event in room.told() if event.type == STARTED]
    assert len(starts) == len(set(starts))
    assert sorted(runs) == sorted(event.data["run"] for event in room.told() if event.type == ENDED)
