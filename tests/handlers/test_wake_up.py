"""The order to wake agents: recorded for each, told after the commit to whoever may hold a connection."""

import pytest

from broker.messages import WakeHints
from domain.orders import MergeRegistration, SetRepositoryList, WakeAgents
from hand_clock import START_MS
from handlers.wake_up import MOST_AGENTS
from worker_room import SpeakingAgent, WorkerRoom

QUEUE = "muster.reply.handler-1.x"


@pytest.fixture
def agent(room: WorkerRoom) -> SpeakingAgent:
    agent = SpeakingAgent(room)
    agent.enrol()
    return agent


def id_of(agent: SpeakingAgent) -> bytes:
    return agent.room.records.registration(agent.fingerprint).agent_id.bytes


def test_a_wake_up_is_recorded_and_told_to_the_frontend_that_carried_the_agent(
    room: WorkerRoom, agent: SpeakingAgent
) -> None:
    room.announce(START_MS)
    room.announce(START_MS, "handler-2")
    agent.say(agent.call_in(1))

    outcome = room.order(WakeAgents([id_of(agent)], "ticket 4711"))

    assert (outcome.outcome, outcome.version) == ("done", 1)
    assert room.told == [(QUEUE, WakeHints([agent.fingerprint]))]
    (event,) = room.events("WakeUp.Ordered")
    assert event.meta.who == "operator:olga"
    assert event.facts == {
        "agent_id": id_of(agent),
        "handlers": ["handler-1"],
        "told": True,
        "reason": "ticket 4711",
    }


def test_while_no_frontend_is_there_nobody_is_told_and_that_is_recorded(room: WorkerRoom, agent: SpeakingAgent) -> None:
    outcome = room.order(WakeAgents([id_of(agent)]))

    assert (outcome.outcome, outcome.version, room.told) == ("unchanged", 0, [])
    assert [each.facts["told"] for each in room.events("WakeUp.Ordered")] == [False]


def test_who_is_not_allowed_is_not_told(room: WorkerRoom, agent: SpeakingAgent) -> None:
    room.announce(START_MS)
    waiting = SpeakingAgent(room, "pc-2")
    waiting.say(waiting.registration())
    agent.be_revoked()
    room.told.clear()

    outcome = room.order(WakeAgents([id_of(agent), id_of(waiting)]))

    assert (outcome.outcome, outcome.version, room.told) == ("unchanged", 0, [])
    assert room.events("WakeUp.Ordered") == []


def test_a_repeated_order_tells_nobody_again(room: WorkerRoom, agent: SpeakingAgent) -> None:
    room.announce(START_MS)
    first = room.order(WakeAgents([id_of(agent)]), command_id=b"c" * 16)
    room.told.clear()
    again = room.order(WakeAgents([id_of(agent)]), command_id=b"c" * 16)

    assert (again.outcome, again.version) == (first.outcome, first.version) == ("done", 1)
    assert room.told == []


def test_a_merged_agent_is_the_one_that_has_its_keys(room: WorkerRoom, agent: SpeakingAgent) -> None:
    room.announce(START_MS)
    other = SpeakingAgent(room, "pc-2")
    other.enrol()
    other_id = id_of(other)
    room.order(MergeRegistration(other.fingerprint, agent.fingerprint, "the same machine"))

    outcome = room.order(WakeAgents([id_of(agent), other_id]))

    assert outcome.version == 1
    assert room.told == [(QUEUE, WakeHints(sorted([agent.fingerprint, other.fingerprint])))]


@pytest.mark.parametrize("agents", [[], [bytes(16)] * (MOST_AGENTS + 1), [b"short"]])
def test_a_malformed_wake_up_is_refused(room: WorkerRoom, agents: list[bytes]) -> None:
    assert room.order(WakeAgents(agents)).outcome == "malformed_order"


def test_a_wake_up_of_somebody_unknown_is_refused_and_nobody_is_told(room: WorkerRoom, agent: SpeakingAgent) -> None:
    room.announce(START_MS)

    outcome = room.order(WakeAgents([id_of(agent), bytes(16)]))

    assert (outcome.outcome, room.told) == ("not_found", [])
    assert room.events("WakeUp.Ordered") == []


@pytest.mark.parametrize(
    ("role", "outcome"), [("viewer", "role_missing"), ("auditor", "role_missing"), ("operator", "done")]
)
def test_operators_and_administrators_wake(room: WorkerRoom, agent: SpeakingAgent, role: str, outcome: str) -> None:
    room.announce(START_MS)

    assert room.order(WakeAgents([id_of(agent)]), role=role).outcome == outcome


def test_a_worker_that_took_over_tells_all_frontends_until_it_has_heard_the_agent(
    room: WorkerRoom, agent: SpeakingAgent
) -> None:
    agent.say(agent.call_in(1))
    room.shift = room.new_shift("worker-1")
    room.announce(START_MS)
    room.announce(START_MS, "handler-2")

    room.order(WakeAgents([id_of(agent)]))

    hints = WakeHints([agent.fingerprint])
    assert room.told == [(QUEUE, hints), ("muster.reply.handler-2.x", hints)]
    assert [each.facts["handlers"] for each in room.events("WakeUp.Ordered")] == [[""]]


def test_a_changed_list_is_told_to_everybody_and_an_unchanged_one_to_nobody(
    room: WorkerRoom, agent: SpeakingAgent
) -> None:
    room.announce(START_MS)
    repositories = [{"name": "main", "kind": "server", "url": "https://content.example.org/"}]
    first = room.order(SetRepositoryList(repositories))
    told = list(room.told)
    again = room.order(SetRepositoryList(repositories))

    assert (first.outcome, again.outcome) == ("done", "unchanged")
    assert room.told == told == [(QUEUE, WakeHints([agent.fingerprint]))]
