"""When many call in at once, the server names slots that spread them over the seconds to come."""

from collections import Counter
from random import Random

import pytest

from domain.desired_orders import AssignPolicies, WritePolicy
from handlers.slots import Slots
from wire.types import AgentType
from worker_room import SpeakingAgent, WorkerRoom

NOW_S = 1_800_000_000
HASH = b"propertieshash-!"
HOUR_S = 3600


def a_fleet(agents: int, interval_s: int, *, together: bool) -> Counter[int]:
    """Seconds from now in which agents come that all called in within ten seconds."""
    slots = Slots(b"seed", above=0)
    named = [slots.name(NOW_S + at % 10, interval_s, together=together) for at in range(agents)]
    return Counter(each - NOW_S for each in named if each is not None)


def test_agents_that_were_started_together_come_next_in_the_last_half_of_their_interval() -> None:
    found = a_fleet(10_000, 60, together=True)

    assert found.total() == 10_000
    assert min(found) >= 30
    assert max(found) <= 69
    # 30 seconds are left to all that called in at the same second.
    assert max(found.values()) < 1.3 * 10_000 / 30


def test_an_interval_that_is_over_is_followed_by_one_as_long_but_for_the_jitter() -> None:
    found = a_fleet(1000, HOUR_S, together=False)

    assert min(found) >= 3240
    assert max(found) <= 3960 + 9


def test_a_second_that_is_full_is_avoided() -> None:
    by_chance, planned = Random(1), a_fleet(3600, HOUR_S, together=True)
    blind = Counter(1800 + int(by_chance.random() * 1801) for _ in range(3600))

    assert max(planned.values()) <= 4
    assert max(planned.values()) < max(blind.values())


def test_few_call_ins_in_a_second_are_left_alone() -> None:
    slots = Slots(b"seed", above=50)

    quiet = [slots.name(NOW_S + second, HOUR_S, together=True) for second in range(10) for _ in range(50)]
    busy = [slots.name(NOW_S + 10, HOUR_S, together=True) for _ in range(60)]

    assert not any(quiet)
    assert [each is None for each in busy] == [True] * 50 + [False] * 10


def test_intervals_too_short_for_whole_seconds_are_left_alone() -> None:
    slots = Slots(b"seed", above=0)

    assert slots.name(NOW_S, 19, together=True) is None
    assert slots.name(NOW_S, 20, together=True) is not None


def test_who_calls_in_before_its_slot_gives_it_up() -> None:
    slots = Slots(b"seed", above=0)
    taken = slots.name(NOW_S, 20, together=False)
    for _ in range(1000):
        taken = slots.name(NOW_S, 20, together=False, instead_of=taken or 0)

    others = Counter(slots.name(NOW_S, 20, together=False) for _ in range(500))

    assert max(others.values()) - min(others.values()) <= 3, "a thousand slots given up fill no second"


def named(room: WorkerRoom, agents: list[SpeakingAgent], number: int, body: dict[str, object]) -> list[int]:
    """The slots in the answers to packages that arrive together."""
    answers = [agent.say(agent.package(AgentType.PROPS_VERSION, body, number, HASH)) for agent in agents]
    return [each.content["slot"] for each in answers if "slot" in each.content]


@pytest.fixture
def busy(room: WorkerRoom) -> WorkerRoom:
    """Every second is a busy one here."""
    room.deployment = room.deployment._replace(slots_above=0)
    room.shift = room.new_shift("worker-1")
    return room


def test_an_answer_names_a_slot_by_the_interval_that_the_agent_said(busy: WorkerRoom, allowed: SpeakingAgent) -> None:
    allowed.say(allowed.full_properties(1, {"ram": 16}, HASH))

    said = named(busy, [allowed], 2, {"why": "start", "rhythm": {"interval_s": 600, "mode": "pull"}})
    later = named(busy, [allowed], 3, {})

    assert 300 <= said[0] <= 600
    assert 540 <= later[0] <= 660


def test_an_interval_of_ages_is_believed_up_to_a_week(busy: WorkerRoom, allowed: SpeakingAgent) -> None:
    allowed.say(allowed.full_properties(1, {"ram": 16}, HASH))

    (said,) = named(busy, [allowed], 2, {"rhythm": {"interval_s": 2**63, "mode": "pull"}})

    assert said <= 7 * 24 * 3600 * 1.1


def test_after_a_takeover_the_interval_is_the_one_that_the_agents_policy_says(
    busy: WorkerRoom, allowed: SpeakingAgent
) -> None:
    allowed.say(allowed.full_properties(1, {"ram": 16}, HASH))
    (by_deployment,) = named(busy, [allowed], 2, {})

    busy.order(WritePolicy("agent", "quick", {"interval_s": 300}))
    busy.order(AssignPolicies("agent", [{"policy": "quick"}], group="/"))
    busy.shift = busy.new_shift("worker-1")
    (by_policy,) = named(busy, [allowed], 3, {})

    assert 3240 <= by_deployment <= 3960
    assert 270 <= by_policy <= 330


def test_events_and_greetings_are_no_call_ins(busy: WorkerRoom, allowed: SpeakingAgent) -> None:
    allowed.say(allowed.full_properties(1, {"ram": 16}, HASH))

    uploaded = allowed.say(allowed.package(AgentType.EVENT_UPLOAD, {"events": []}, 2, HASH))
    greeted = allowed.say(allowed.package(AgentType.HELLO, {"size": 9000}, 0, HASH))

    assert "slot" not in uploaded.content
    assert "slot" not in greeted.content
