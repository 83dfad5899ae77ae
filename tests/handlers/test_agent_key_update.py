"""An agent names its key's successor: both keys sign, the old one is good until the new one was used."""

from typing import Any

import pytest

from broker.messages import Verdict
from domain.orders import (
    AllowRegistration,
    CloseMigrationWindow,
    OpenMigrationWindow,
    SetKeyPolicy,
    SetRegistrationPolicy,
)
from wire import keys
from wire.agent_session import Outgoing
from wire.key_update import key_update
from wire.types import AgentType
from worker_room import SpeakingAgent, Spoken, WorkerRoom

HOUR_MS = 3_600_000


def offer(agent: SpeakingAgent, new: SpeakingAgent, **changes: Any) -> Outgoing:
    """The AgentKeyUpdate of ``agent`` for the key of ``new``."""
    body = key_update(agent.fingerprint, new.public.der, ["p256"], lambda message: keys.sign(new.private, message))
    return agent.package(AgentType.AGENT_KEY_UPDATE, body | changes, 0)


@pytest.fixture
def old(room: WorkerRoom) -> SpeakingAgent:
    """An allowed agent with one call-in."""
    agent = SpeakingAgent(room)
    agent.enrol()
    agent.say(agent.full_properties(1, {"a": 1}, bytes(16)))
    return agent


@pytest.fixture
def new(room: WorkerRoom) -> SpeakingAgent:
    """The same machine with its next key."""
    return SpeakingAgent(room, algorithm=keys.ED25519, seed=8)


def told(spoken: Spoken) -> str:
    return str(spoken.content.get("reason") or spoken.content.get("status"))


def test_the_offered_key_is_registered_for_the_same_agent(room: WorkerRoom, old: SpeakingAgent, new: Any) -> None:
    first = old.say(old.registration()).content["agent_id"]

    spoken = old.say(offer(old, new))

    assert (spoken.verdict, told(spoken), spoken.content["agent_id"]) == (Verdict.ACCEPTED, "allowed", first)
    assert spoken.next_number == 2
    asked = room.events("Registration.Requested")[-1]
    assert (asked.facts["fingerprint"], asked.facts["replaces"]) == (new.fingerprint, old.fingerprint)
    assert asked.facts["agent_id"] == first
    assert asked.personal is not None
    assert asked.personal["claims"]["name"] == "pc-1"
    assert asked.personal["evidence"]["signature"]


def test_the_old_key_is_good_until_the_new_one_was_used(old: SpeakingAgent, new: SpeakingAgent) -> None:
    old.say(offer(old, new))

    before = old.say(old.call_in(2))
    used = new.say(new.full_properties(1, {"a": 1}, bytes(16)))
    after = old.say(old.call_in(3))

    assert (before.verdict, before.next_number) == (Verdict.ACCEPTED, 3)
    assert (used.verdict, used.content, used.next_number) == (Verdict.ACCEPTED, {}, 2)
    assert (after.verdict, told(after), after.next_number) == (Verdict.REFUSED, "key_replaced", 3)


def test_a_retired_key_may_not_even_register_or_offer(old: SpeakingAgent, new: SpeakingAgent) -> None:
    old.say(offer(old, new))
    new.say(new.call_in(1))

    assert told(old.say(old.registration())) == "key_replaced"
    assert told(old.say(offer(old, SpeakingAgent(old.room, seed=9)))) == "key_replaced"


def test_a_new_worker_knows_offers_and_retired_keys(room: WorkerRoom, old: SpeakingAgent, new: SpeakingAgent) -> None:
    old.say(offer(old, new))
    room.shift = room.new_shift("worker-1")
    assert new.say(new.call_in(1)).verdict is Verdict.ACCEPTED
    room.shift = room.new_shift("worker-1")

    assert told(old.say(old.call_in(2))) == "key_replaced"
    assert new.say(new.call_in(2)).verdict is Verdict.ACCEPTED
    assert room.topics().count("Agent.KeyReplaced") == 1


def test_the_same_offer_again_appends_nothing(room: WorkerRoom, old: SpeakingAgent, new: SpeakingAgent) -> None:
    old.say(offer(old, new))
    head = room.log.head()

    again = old.say(offer(old, new))

    assert (told(again), room.log.head()) == ("allowed", head)


def test_a_second_offer_replaces_the_first_for_good(room: WorkerRoom, old: SpeakingAgent, new: SpeakingAgent) -> None:
    second = SpeakingAgent(room, seed=9)
    old.say(offer(old, new))

    old.say(offer(old, second))

    assert told(new.say(new.call_in(1))) == "key_replaced"
    assert told(old.say(offer(old, new))) == "key_replaced"
    assert second.say(second.call_in(1)).verdict is Verdict.ACCEPTED


def test_a_replayed_offer_does_nothing(room: WorkerRoom, old: SpeakingAgent, new: SpeakingAgent) -> None:
    _, first = old.bound(offer(old, new))
    second = SpeakingAgent(room, seed=9)
    room.handle([room.delivery([first])])
    old.say(offer(old, second))
    topics = room.topics()

    room.handle([room.delivery([first])])
    second.say(second.call_in(1))
    (answer,) = room.handle([room.delivery([first])])

    assert answer.verdict is Verdict.REFUSED
    assert topics.count("Agent.KeyOffered") == room.topics().count("Agent.KeyOffered") == 2
    assert second.say(second.call_in(2)).verdict is Verdict.ACCEPTED


def test_an_offered_key_can_name_its_own_successor(room: WorkerRoom, old: SpeakingAgent, new: SpeakingAgent) -> None:
    third = SpeakingAgent(room, seed=9)
    old.say(offer(old, new))

    assert told(new.say(offer(new, third))) == "allowed"

    assert told(old.say(old.call_in(2))) == "key_replaced"
    assert third.say(third.call_in(1)).verdict is Verdict.ACCEPTED
    assert told(new.say(new.call_in(1))) == "key_replaced"


def test_a_pending_agent_cannot_re_key(room: WorkerRoom, new: SpeakingAgent) -> None:
    agent = SpeakingAgent(room, "pc-3")
    agent.say(agent.registration())

    assert told(agent.say(offer(agent, new))) == "pending"
    assert not room.events("Agent.KeyOffered")


def test_a_revoked_agent_cannot_re_key_nor_use_an_offer(old: SpeakingAgent, new: SpeakingAgent) -> None:
    old.say(offer(old, new))
    old.be_revoked()

    assert told(old.say(offer(old, SpeakingAgent(old.room, seed=9)))) == "revoked"
    assert told(new.say(new.call_in(1))) == "revoked"


def test_a_key_of_another_agent_is_taken(room: WorkerRoom, old: SpeakingAgent) -> None:
    other = SpeakingAgent(room, "pc-4")
    other.enrol()

    assert told(old.say(offer(old, other))) == "key_taken"


def test_a_proof_made_for_another_old_key_is_wrong(room: WorkerRoom, old: SpeakingAgent, new: SpeakingAgent) -> None:
    other = SpeakingAgent(room, "pc-4")
    proof = key_update(other.fingerprint, new.public.der, [], lambda message: keys.sign(new.private, message))["proof"]

    assert told(old.say(offer(old, new, proof=proof))) == "wrong_proof"
    assert not room.events("Agent.KeyOffered")


@pytest.mark.parametrize("changes", [{"key": b"no key"}, {"proof": "text"}, {"algorithms": None}])
def test_an_unusable_offer_says_so(old: SpeakingAgent, new: SpeakingAgent, changes: dict[str, Any]) -> None:
    assert told(old.say(offer(old, new, **changes))) == "key_update_unusable"


def test_a_key_that_authorises_nothing_is_too_weak_to_be_offered(room: WorkerRoom, old: SpeakingAgent) -> None:
    assert told(old.say(offer(old, SpeakingAgent(room, algorithm=keys.RSA1024)))) == "key_too_weak"


def minimum(room: WorkerRoom, algorithm: str) -> None:
    """The deployment asks for this strength from now on."""
    assert room.order(SetKeyPolicy(algorithm)).outcome == "done"


def test_a_key_below_the_minimum_is_asked_for_a_new_one(room: WorkerRoom) -> None:
    agent = SpeakingAgent(room, algorithm=keys.RSA2048)
    agent.enrol()
    strong = SpeakingAgent(room, "pc-2")
    strong.enrol()
    minimum(room, keys.P256)

    assert agent.say(agent.registration()).content["rekey"] is True
    assert agent.say(agent.call_in(1)).content["rekey"] is True
    assert "rekey" not in strong.say(strong.call_in(1)).content
    assert told(agent.say(offer(agent, SpeakingAgent(room, algorithm=keys.RSA2048)))) == "key_too_weak"


def test_an_agent_that_cannot_reach_the_minimum_is_too_old(room: WorkerRoom) -> None:
    agent = SpeakingAgent(room, algorithm=keys.RSA2048)
    agent.say(agent.registration(algorithms=["rsa2048"]))
    agent.be_allowed()
    minimum(room, keys.P256)

    assert told(agent.say(agent.call_in(1))) == "agent_too_old"
    assert told(agent.say(agent.registration(algorithms=["rsa2048"]))) == "agent_too_old"
    assert [each.facts["reason"] for each in room.events("Registration.PackageRefused")] == ["agent_too_old"]


def test_an_agent_that_learned_a_better_algorithm_is_not_too_old_any_more(room: WorkerRoom) -> None:
    agent = SpeakingAgent(room, algorithm=keys.RSA2048)
    agent.say(agent.registration(algorithms=["rsa2048"]))
    agent.be_allowed()
    minimum(room, keys.P256)
    room.clock.forward(HOUR_MS)

    assert agent.say(agent.registration(algorithms=["p256", "rsa2048"])).content["rekey"] is True
    room.shift = room.new_shift("worker-1")
    assert agent.say(agent.call_in(1)).verdict is Verdict.ACCEPTED


@pytest.fixture
def weak(room: WorkerRoom) -> SpeakingAgent:
    """An old agent with an RSA-1024 key that a person let in."""
    agent = SpeakingAgent(room, "pc-9", keys.RSA1024)
    agent.enrol()
    return agent


def open_window(room: WorkerRoom, hours: int = 2) -> str:
    return room.order(OpenMigrationWindow(room.clock.now_ms + hours * HOUR_MS, "upgrade of the old fleet")).outcome


def test_no_policy_lets_an_rsa_1024_key_in(room: WorkerRoom) -> None:
    room.order(SetRegistrationPolicy("allow-all"))
    agent = SpeakingAgent(room, "pc-9", keys.RSA1024)

    assert told(agent.say(agent.registration())) == "pending"


def test_outside_a_window_an_rsa_1024_key_hands_over_to_nobody(room: WorkerRoom, weak: SpeakingAgent) -> None:
    room.order(SetRegistrationPolicy("allow-all"))
    new = SpeakingAgent(room, "pc-9", seed=8)

    assert told(weak.say(offer(weak, new))) == "migration_closed"

    assert told(new.say(new.registration())) == "pending"
    assert weak.say(weak.call_in(1)).verdict is Verdict.ACCEPTED
    assert "rekey" not in weak.say(weak.registration()).content


def test_inside_a_window_it_hands_over_once_and_is_marked(room: WorkerRoom, weak: SpeakingAgent) -> None:
    new, third = SpeakingAgent(room, "pc-9", seed=8), SpeakingAgent(room, "pc-9", seed=9)
    assert open_window(room) == "done"

    assert weak.say(weak.call_in(1)).content["rekey"] is True
    assert told(weak.say(offer(weak, new))) == "allowed"

    assert told(weak.say(offer(weak, third))) == "migration_used"
    assert room.events("Agent.KeyOffered")[-1].facts["migrated"] is True
    assert new.say(new.call_in(1)).verdict is Verdict.ACCEPTED


def test_an_answer_lost_in_the_window_may_be_asked_for_after_it(room: WorkerRoom, weak: SpeakingAgent) -> None:
    new = SpeakingAgent(room, "pc-9", seed=8)
    open_window(room)
    weak.say(offer(weak, new))
    room.clock.forward(3 * HOUR_MS)

    assert told(weak.say(offer(weak, new))) == "allowed"


def test_a_window_closes_by_itself_and_by_order(room: WorkerRoom, weak: SpeakingAgent) -> None:
    new = SpeakingAgent(room, "pc-9", seed=8)
    open_window(room)
    room.clock.forward(2 * HOUR_MS)
    assert told(weak.say(offer(weak, new))) == "migration_closed"
    assert open_window(room) == "done"
    assert room.order(CloseMigrationWindow("enough")).outcome == "done"

    assert told(weak.say(offer(weak, new))) == "migration_closed"
    assert room.order(CloseMigrationWindow("enough")).outcome == "unchanged"


@pytest.mark.parametrize(
    ("hours", "reason", "refused"),
    [(0, "x", "window_too_long"), (721, "x", "window_too_long"), (1, " ", "reason_required")],
)
def test_a_window_has_an_end_and_a_reason(room: WorkerRoom, hours: int, reason: str, refused: str) -> None:
    outcome = room.order(OpenMigrationWindow(room.clock.now_ms + hours * HOUR_MS, reason))

    assert outcome.outcome == refused


def test_only_an_administrator_opens_a_window(room: WorkerRoom) -> None:
    outcome = room.order(OpenMigrationWindow(room.clock.now_ms + HOUR_MS, "x"), role="operator")

    assert outcome.outcome == "role_missing"


def test_a_revoked_agent_stays_revoked_whatever_the_policy_says(room: WorkerRoom, old: SpeakingAgent) -> None:
    old.be_revoked()
    room.order(SetRegistrationPolicy("allow-all"))

    assert told(old.say(old.registration())) == "revoked"
    room.clock.forward(2 * HOUR_MS)
    assert told(old.say(old.registration(user="mallory"))) == "revoked"
    assert told(old.say(old.call_in(2))) == "revoked"


def test_only_a_person_brings_a_revoked_agent_back(room: WorkerRoom, old: SpeakingAgent) -> None:
    old.be_revoked()

    assert room.order(AllowRegistration(old.fingerprint, "found again")).outcome == "done"

    assert told(old.say(old.call_in(2))) == "registration_needed"
    assert told(old.say(old.registration())) == "allowed"
    assert old.say(old.call_in(2)).verdict is Verdict.ACCEPTED


def test_after_the_first_few_an_agent_names_one_new_key_an_hour(room: WorkerRoom, old: SpeakingAgent) -> None:
    made = [SpeakingAgent(room, algorithm=keys.ED25519, seed=20 + each) for each in range(6)]
    assert [told(old.say(offer(old, each))) for each in made[:3]] == ["allowed"] * 3
    room.clock.forward(HOUR_MS // 2)
    head = len(room.events("Registration.Requested"))

    refused = [old.say(offer(old, each)) for each in made[3:5]]
    again = old.say(offer(old, made[2]))

    assert {told(each) for each in refused} == {"key_offered_too_often"}
    assert {each.content["retry_after_s"] for each in refused} == {HOUR_MS // 2000}
    assert (told(again), old.say(old.call_in(2)).verdict) == ("allowed", Verdict.ACCEPTED)
    assert len(room.events("Registration.Requested")) == head
    assert [each.facts["reason"] for each in room.events("Registration.PackageRefused")] == ["key_offered_too_often"]
    room.clock.forward(HOUR_MS // 2)
    assert told(old.say(offer(old, made[3]))) == "allowed"
    assert told(old.say(offer(old, made[4]))) == "key_offered_too_often"


def test_the_pause_between_offers_outlives_the_worker_and_counts_all_keys_of_the_agent(
    room: WorkerRoom, old: SpeakingAgent
) -> None:
    made = [SpeakingAgent(room, algorithm=keys.ED25519, seed=20 + each) for each in range(5)]
    speaker = old
    for each in made[:3]:
        assert told(speaker.say(offer(speaker, each))) == "allowed"
        each.say(each.call_in(1))
        speaker = each
    room.shift = room.new_shift("worker-1")

    assert told(speaker.say(offer(speaker, made[3]))) == "key_offered_too_often"
    room.clock.forward(HOUR_MS)
    assert told(speaker.say(offer(speaker, made[3]))) == "allowed"
