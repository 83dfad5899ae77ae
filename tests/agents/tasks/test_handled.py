"""Started due times are never forgotten, however the clock jumped while they were started."""

from hypothesis import given
from hypothesis import strategies as st

from agents.tasks.handled import MAX_RUNS, Handled
from agents.tasks.timetable import Every

STEP = 10
TABLE = Every(STEP, 0)


def started(dues: list[int]) -> Handled:
    handled = Handled()
    for due in dues:
        handled.add(due, TABLE.next_after)
    return handled


def test_neighbours_are_one_run_in_whatever_order_they_came() -> None:
    assert started([10, 20, 30]).runs == [(10, 30)]
    assert started([30, 10, 20]).runs == [(10, 30)]
    assert started([10, 30]).runs == [(10, 10), (30, 30)]
    assert started([10, 10]).runs == [(10, 10)]


@given(st.lists(st.integers(0, 60).map(lambda at: at * STEP)))
def test_what_was_started_and_nothing_else_is_known_while_the_runs_are_few(dues: list[int]) -> None:
    handled = started(dues)

    assert {due for due in range(0, 610, STEP) if handled.run_with(due)} == set(dues)
    assert handled.runs == sorted(handled.runs)


@given(st.lists(st.integers(0, 2_000).map(lambda at: at * STEP), max_size=200))
def test_however_many_there_are_none_is_forgotten_and_the_book_stays_small(dues: list[int]) -> None:
    handled = started(dues)

    assert all(handled.run_with(due) for due in dues)
    assert len(handled.runs) <= MAX_RUNS


def test_beyond_the_bound_the_oldest_are_joined() -> None:
    handled = started([at * 2 * STEP for at in range(MAX_RUNS + 1)])

    assert handled.runs[0] == (0, 2 * STEP)
    assert len(handled.runs) == MAX_RUNS
