"""Turns of a busy reactor are some milliseconds apart; nobody who comes after a pause waits, and no timer."""

from frontend.turns import Turns

APART_S = 0.005


class Day:
    """A clock that stands still but for rests and for looks that wait for something."""

    def __init__(self) -> None:
        self.now = 100.0
        self.rests: list[float] = []
        self.timeouts: list[float | None] = []
        self.nothing_comes_for = 0.0
        self.turns = Turns(self._look, APART_S, lambda: self.now, self._rest)

    def _look(self, timeout: float | None) -> None:
        self.timeouts.append(timeout)
        self.now += self.nothing_comes_for if timeout is None else min(timeout, self.nothing_comes_for)

    def _rest(self, seconds: float) -> None:
        self.rests.append(round(seconds, 6))
        self.now += seconds


def test_the_next_turn_of_a_busy_reactor_begins_after_a_rest() -> None:
    day = Day()
    day.turns(None)
    day.now += 0.002

    day.turns(None)

    assert day.rests == [0.003]


def test_after_a_pause_nobody_waits() -> None:
    day = Day()
    day.turns(None)
    day.now += 1

    day.turns(None)

    assert day.rests == []


def test_a_timer_that_is_due_sooner_ends_the_rest_and_all_that_came_is_looked_at_first() -> None:
    day = Day()
    day.turns(None)

    day.turns(0.001)

    assert day.rests == [0.001]
    assert day.timeouts == [None, 0.0]


def test_a_rest_counts_as_waiting_for_the_timer() -> None:
    day = Day()
    day.nothing_comes_for = 60
    day.turns(0.0)

    day.turns(0.25)

    assert day.now == 100.25


def test_without_a_rest_between_them_the_reactor_looks_at_once_for_what_is_due() -> None:
    day = Day()
    day.turns(None)

    day.turns(0)

    assert day.rests == []
    assert day.timeouts == [None, 0]
