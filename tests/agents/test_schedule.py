"""When an agent calls in next."""

import random

import pytest

from agents.outcome import Outcome, Result
from agents.schedule import Schedule


def ended(outcome: Outcome, retry_after_s: int | None = None) -> Result:
    return Result(outcome, "", b"", 0, 0, "h1", retry_after_s)


def waits(*results: Result, interval_s: int = 60, seed: int = 1) -> list[float]:
    schedule = Schedule(random.Random(seed))
    return [schedule.after(result, interval_s) for result in results]


def test_the_first_call_in_is_at_random_within_the_time_given() -> None:
    firsts = [Schedule(random.Random(seed)).first(10) for seed in range(200)]

    assert 0 <= min(firsts) < 1
    assert 9 < max(firsts) <= 10


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.REFUSED, Outcome.UNREACHABLE, Outcome.FAILED])
def test_the_interval_has_ten_percent_of_jitter(outcome: Outcome) -> None:
    found = [waits(ended(outcome), seed=seed)[0] for seed in range(200)]

    assert 54 <= min(found) < 55
    assert 65 < max(found) <= 66


def test_a_pending_agent_asks_again_ever_more_slowly_up_to_the_interval() -> None:
    found = waits(*[ended(Outcome.PENDING)] * 6)

    assert found == [pytest.approx(wait, rel=0.1) for wait in (5, 10, 20, 40, 60, 60)]


def test_a_pending_agent_waits_as_long_as_the_server_said() -> None:
    assert waits(ended(Outcome.PENDING, 7)) == [pytest.approx(7, rel=0.1)]


def test_pending_later_starts_at_five_seconds_again() -> None:
    pending, accepted = ended(Outcome.PENDING), ended(Outcome.ACCEPTED)

    assert waits(pending, pending, accepted, pending)[-1] == pytest.approx(5, rel=0.1)


def test_busy_waits_as_long_as_it_said() -> None:
    assert waits(ended(Outcome.REFUSED, 30)) == [pytest.approx(30, rel=0.1)]


def test_the_jitter_is_what_is_in_force_at_that_moment() -> None:
    jitters = [0.0, 0.5, 0.0]
    schedule = Schedule(random.Random(1), lambda: jitters.pop(0))

    found = [schedule.after(ended(Outcome.ACCEPTED), 60) for _ in range(3)]

    assert found[0] == found[2] == 60
    assert found[1] != 60
