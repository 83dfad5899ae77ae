"""Intended times do not depend on what happens."""

from hypothesis import given
from hypothesis import strategies as st

from agents.swarm.schedule import Schedule


def taken(schedule: Schedule) -> list[tuple[float, int]]:
    """All of it."""
    everything: list[tuple[float, int]] = []
    while (at := schedule.next_at()) is not None:
        everything += schedule.due(at)
    return everything


@given(st.integers(1, 30), st.floats(0.5, 20), st.floats(0, 60), st.integers())
def test_every_agent_has_its_interval_and_all_is_in_order(
    agents: int, interval_s: float, duration_s: float, seed: int
) -> None:
    everything = taken(Schedule(agents, interval_s, 100.0, 100.0 + duration_s, seed))

    assert everything == sorted(everything)
    assert all(100 <= at < 100 + duration_s for at, _ in everything)
    for agent in range(agents):
        times = [at for at, who in everything if who == agent]
        assert len(times) in (int(duration_s / interval_s), int(duration_s / interval_s) + 1)


def test_the_same_seed_gives_the_same_times_and_another_others() -> None:
    one, same, other = (taken(Schedule(10, 5.0, 0.0, 20.0, seed)) for seed in (1, 1, 2))

    assert one == same
    assert one != other


def test_who_looks_late_gets_all_that_is_due_with_the_intended_times() -> None:
    schedule = Schedule(1, 1.0, 0.0, 5.0, 1)
    first = schedule.next_at()
    assert first is not None

    due = schedule.due(first + 2.5)

    assert [round(at - first, 6) for at, _ in due] == [0.0, 1.0, 2.0]
