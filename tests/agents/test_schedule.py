"""When an agent calls in next."""

import random
from collections import Counter

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


@pytest.mark.parametrize("slot_s", [30, 45, 66])
def test_a_slot_that_the_server_names_is_kept_to_the_second(slot_s: int) -> None:
    named = Result(Outcome.ACCEPTED, "", b"", 0, 0, "h1", None, slot_s)

    assert slot_s <= waits(named)[0] < slot_s + 1


@pytest.mark.parametrize("slot_s", [-1, 0, 1, 29, 67, 2**63])
def test_a_slot_that_is_not_about_this_agents_interval_is_not_taken(slot_s: int) -> None:
    found = [waits(Result(Outcome.ACCEPTED, "", b"", 0, 0, "h1", None, slot_s), seed=seed)[0] for seed in range(50)]

    assert min(found) >= 54
    assert max(found) <= 66
    assert len(set(found)) == 50


def busiest_second(moments: list[float]) -> int:
    return max(Counter(int(moment) for moment in moments).values())


def test_a_thousand_agents_that_lose_their_handler_at_one_moment_come_back_spread_over_half_a_minute() -> None:
    fleet = [Schedule(random.Random(seed)) for seed in range(1000)]

    moments = [agent.back(7200, 3600) for agent in fleet]

    assert min(moments) < 1
    assert 29 < max(moments) <= 30
    assert busiest_second(moments) < 60, "a thirtieth of them is 33"


def test_who_comes_back_in_vain_spreads_ever_more_up_to_ten_minutes_but_never_beyond_the_interval() -> None:
    def furthest(attempt: int, interval_s: int) -> float:
        fleet = [Schedule(random.Random(seed)) for seed in range(300)]
        return max([agent.back(7200 if at == 0 else 0, interval_s) for at in range(attempt + 1)][-1] for agent in fleet)

    assert [furthest(attempt, 3600) for attempt in range(7)] == [
        pytest.approx(spread, rel=0.05) for spread in (30, 60, 120, 240, 480, 600, 600)
    ]
    assert furthest(5, 120) == pytest.approx(120, rel=0.05)


def test_a_connection_that_lasted_makes_the_spread_small_again() -> None:
    agent = Schedule(random.Random(1))
    for _ in range(5):
        agent.back(0, 3600)

    assert all(agent.back(60, 3600) <= 30 for _ in range(100))


def test_the_jitter_is_what_is_in_force_at_that_moment() -> None:
    jitters = [0.0, 0.5, 0.0]
    schedule = Schedule(random.Random(1), lambda: jitters.pop(0))

    found = [schedule.after(ended(Outcome.ACCEPTED), 60) for _ in range(3)]

    assert found[0] == found[2] == 60
    assert found[1] != 60
