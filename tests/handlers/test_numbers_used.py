"""A package held back under an old nonce and released later makes no fork of an honest agent."""

import pytest

from broker.messages import PackageReceived
from worker_room import SpeakingAgent, WorkerRoom

MINUTE_MS = 60_000


def later(agent: SpeakingAgent, ms: int = MINUTE_MS) -> None:
    """Time goes by, here and on the agent's machine."""
    agent.room.clock.forward(ms)
    agent.clock.forward(ms)


def reasons(room: WorkerRoom) -> list[str]:
    """Why packages were refused, as recorded."""
    return [each.facts["reason"] for each in room.events("Registration.PackageRefused")]


@pytest.fixture
def cut_back(allowed: SpeakingAgent) -> SpeakingAgent:
    """Numbers 1 to 4 are recorded; the agent's own state is at 7, since the server forgot 5 and 6 (a backup)."""
    for number in range(1, 5):
        later(allowed)
        allowed.say(allowed.call_in(number))
    later(allowed)
    return allowed


def held_back(agent: SpeakingAgent) -> PackageReceived:
    """(7, A), which a handler keeps to itself; the agent hears of the gap and gives A the number 5."""
    _, held = agent.bound(agent.call_in(7, why="manual"))
    later(agent)
    gap = agent.say(agent.call_in(7, why="manual"))
    assert (gap.content["reason"], gap.next_number) == ("gap", 5)
    later(agent)
    agent.say(agent.call_in(5, why="manual"))
    later(agent)
    agent.say(agent.call_in(6))
    later(agent)
    return held


@pytest.mark.parametrize("restarted", [False, True])
def test_released_after_the_number_was_used_it_is_a_used_number(cut_back: SpeakingAgent, restarted: bool) -> None:
    held = held_back(cut_back)
    cut_back.say(cut_back.call_in(7, why="wake-up"))
    if restarted:
        cut_back.room.shift = cut_back.room.new_shift("worker-1")

    cut_back.room.handle([cut_back.room.delivery([held])])
    after = cut_back.say(cut_back.call_in(8))

    assert reasons(cut_back.room) == ["gap", "number_used"]
    assert after.next_number == 9


@pytest.mark.parametrize("restarted", [False, True])
def test_released_at_the_very_moment_when_its_number_is_next(cut_back: SpeakingAgent, restarted: bool) -> None:
    held = held_back(cut_back)
    cut_back.room.handle([cut_back.room.delivery([held])])
    if restarted:
        cut_back.room.shift = cut_back.room.new_shift("worker-1")

    refused = cut_back.say(cut_back.call_in(7, why="wake-up"))
    after = cut_back.say(cut_back.call_in(8, why="wake-up"))

    assert (refused.content["reason"], refused.next_number) == ("number_used", 8)
    assert after.next_number == 9
    assert reasons(cut_back.room) == ["gap", "number_used"]


@pytest.mark.parametrize("restarted", [False, True])
def test_a_package_from_before_the_backup_released_after_the_gap_was_told(
    cut_back: SpeakingAgent, restarted: bool
) -> None:
    _, lost = cut_back.bound(cut_back.call_in(5, why="manual"))
    later(cut_back)
    gap = cut_back.say(cut_back.call_in(9))
    later(cut_back)
    cut_back.room.handle([cut_back.room.delivery([lost])])
    if restarted:
        cut_back.room.shift = cut_back.room.new_shift("worker-1")

    refused = cut_back.say(cut_back.call_in(5))

    assert gap.next_number == 5
    assert (refused.content["reason"], refused.next_number) == ("number_used", 6)


def test_both_in_one_batch(cut_back: SpeakingAgent) -> None:
    held = held_back(cut_back)
    _, mine = cut_back.bound(cut_back.call_in(7, why="wake-up"), connection=2)

    room = cut_back.room
    room.handle([room.delivery([held, mine])])

    assert reasons(room) == ["gap", "number_used"]


def test_a_lost_reply_is_no_clone(allowed: SpeakingAgent) -> None:
    first = allowed.call_in(1)
    allowed.say(first)
    later(allowed)

    again = allowed.say(first)

    assert again.next_number == 2
    assert reasons(allowed.room) == []
