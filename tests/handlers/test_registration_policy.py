"""The registration policy at work: rules decide first requests, and every decision says what it rested on."""

from typing import Any

import pytest

from domain.orders import SetRegistrationPolicy
from store.mapper import Recorded
from worker_room import SpeakingAgent, WorkerRoom

RULES: list[dict[str, Any]] = [
    {"name": "lab", "action": "allow", "host_name": "lab-*", "address": "192.0.2.0/24"},
    {"name": "rogue", "action": "block", "mac": "00:00:5e:*"},
]


@pytest.fixture
def ruled(room: WorkerRoom) -> WorkerRoom:
    assert room.order(SetRegistrationPolicy("pending", RULES)).outcome == "done"
    return room


def _asks(room: WorkerRoom, name: str, **claims: Any) -> str:
    agent = SpeakingAgent(room, name)
    return str(agent.say(agent.registration(**claims)).content["status"])


def _decision(room: WorkerRoom, topic: str) -> Recorded:
    (event,) = room.events(topic)
    return event


def test_the_first_rule_that_matches_allows_and_the_event_says_why(ruled: WorkerRoom) -> None:
    assert _asks(ruled, "LAB-1") == "allowed"

    event = _decision(ruled, "Agent.Allowed")
    assert event.meta.who == "rule:lab"
    assert (event.facts["rule"], list(event.facts["rested_on"])) == ("lab", ["host_name", "address"])
    assert event.meta.cause == _decision(ruled, "Registration.Requested").stream.bytes


def test_a_rule_blocks_what_it_matches(ruled: WorkerRoom) -> None:
    assert _asks(ruled, "pc-1", resource_keys={"mac": "00-00-5E-00-53-01"}) == "blocked"
    assert _decision(ruled, "Agent.Blocked").meta.who == "rule:rogue"


def test_what_no_rule_matches_waits_for_a_person(ruled: WorkerRoom) -> None:
    assert _asks(ruled, "pc-1") == "pending"


def test_a_copied_resource_key_is_not_allowed_by_a_rule(ruled: WorkerRoom) -> None:
    _asks(ruled, "lab-1", resource_keys={"serial": "S1"})

    assert _asks(ruled, "lab-2", resource_keys={"serial": "S1"}) == "pending"


def test_a_copied_resource_key_is_allowed_by_a_rule_when_the_policy_says_so(ruled: WorkerRoom) -> None:
    ruled.order(SetRegistrationPolicy("pending", RULES, "allow"))
    _asks(ruled, "lab-1", resource_keys={"serial": "S1"})

    assert _asks(ruled, "lab-2", resource_keys={"serial": "S1"}) == "allowed"


def test_a_revoked_agent_stays_revoked_whatever_the_rules_say(ruled: WorkerRoom) -> None:
    agent = SpeakingAgent(ruled, "lab-1")
    agent.say(agent.registration())
    agent.be_revoked()
    ruled.clock.forward(3_600_000)

    assert agent.say(agent.registration()).content["status"] == "revoked"


@pytest.mark.parametrize("verb", ["be_revoked", "be_blocked"])
def test_a_machine_that_was_kept_out_does_not_come_back_by_another_key(ruled: WorkerRoom, verb: str) -> None:
    ruled.order(SetRegistrationPolicy("allow-all", duplicates="allow"))
    agent = SpeakingAgent(ruled, "lab-1")
    agent.say(agent.registration(resource_keys={"serial": "S1"}))
    agent.be_revoked()
    getattr(agent, verb)()

    assert _asks(ruled, "lab-9", resource_keys={"serial": "S1"}) == "pending"
    assert _asks(ruled, "lab-8", resource_keys={"serial": "S2"}) == "allowed"


@pytest.mark.parametrize("restarted", [False, True])
def test_a_revoked_agent_that_asks_again_and_again_is_refused_each_time_under_allow_all(
    ruled: WorkerRoom, restarted: bool
) -> None:
    ruled.order(SetRegistrationPolicy("allow-all", duplicates="allow"))
    agent = SpeakingAgent(ruled, "lab-1")
    agent.say(agent.registration())
    agent.be_revoked()
    if restarted:
        ruled.shift = ruled.new_shift("worker-1")

    for minutes in (0, 5, 90, 60 * 24 * 400):
        ruled.clock.forward(minutes * 60_000)
        assert agent.say(agent.registration(user=f"user {minutes}")).content["status"] == "revoked"
        assert agent.say(agent.call_in(1)).content["reason"] == "revoked"

    assert agent.be_allowed().outcome == "done"
    assert agent.say(agent.registration()).content["status"] == "allowed"


def test_a_policy_with_faults_is_refused_whole(ruled: WorkerRoom) -> None:
    bad = [*RULES, {"name": "x", "action": "permit", "os": "*"}]

    outcome = ruled.order(SetRegistrationPolicy("allow-all", bad))

    assert outcome.outcome == "malformed_order"
    assert "rule 3, action" in outcome.detail
    assert len(ruled.events("RegistrationPolicy.Replaced")) == 1
    assert _asks(ruled, "pc-1") == "pending"


def test_the_same_policy_again_changes_nothing(ruled: WorkerRoom) -> None:
    assert ruled.order(SetRegistrationPolicy("pending", RULES)).outcome == "unchanged"


def test_rules_survive_a_restart_of_the_worker(ruled: WorkerRoom) -> None:
    ruled.leases.release(ruled.shift._fence)
    ruled.shift = ruled.new_shift("worker-2")

    assert _asks(ruled, "lab-1") == "allowed"


def test_of_many_policies_the_newest_decides_after_a_restart(ruled: WorkerRoom) -> None:
    for number in range(70):
        ruled.order(SetRegistrationPolicy("pending", [{"name": f"r{number}", "action": "block", "os": f"os-{number}"}]))
    ruled.leases.release(ruled.shift._fence)
    ruled.shift = ruled.new_shift("worker-2")

    assert _asks(ruled, "pc-1", os="os-69") == "blocked"
    assert ruled.order(SetRegistrationPolicy("allow-all"), if_match=72).outcome == "done"
