"""Registration: told the agent id at once, decided by policy or person, trusted only then."""

import pytest

from broker.messages import Verdict
from domain.orders import SetRegistrationPolicy
from handlers.waiting_room import WaitingCaps
from wire import keys
from wire.types import AgentType
from worker_room import SpeakingAgent, WorkerRoom, forged


def test_a_first_request_is_pending_and_carries_the_agent_id_already(room: WorkerRoom, agent: SpeakingAgent) -> None:
    first = agent.say(agent.registration())
    again = agent.say(agent.registration())

    assert (first.verdict, first.content["status"]) == (Verdict.REFUSED, "pending")
    assert first.content["agent_id"] == again.content["agent_id"]
    assert room.topics()[-2:] == ["Registration.Requested", "Agent.Introduced"]


def test_what_a_machine_says_of_itself_is_sealed_and_its_key_is_not(room: WorkerRoom, agent: SpeakingAgent) -> None:
    agent.say(agent.registration())

    (event,) = room.events("Registration.Requested")

    assert event.facts["fingerprint"] == agent.fingerprint
    assert event.personal is not None
    assert event.personal["claims"]["name"] == "pc-1"
    assert b"pc-1" not in b"".join(row.state for row in room.log.read(0, 100))


def test_a_repeated_request_is_recorded_when_it_says_something_new_or_an_hour_passed(
    room: WorkerRoom, agent: SpeakingAgent
) -> None:
    agent.say(agent.registration())

    agent.say(agent.registration())
    room.clock.forward(60_000)
    agent.say(agent.registration(user="olga"))
    room.clock.forward(3_600_000)
    agent.say(agent.registration(user="olga"))

    assert len(room.events("Registration.RequestRepeated")) == 2


def test_a_key_that_changes_its_claims_all_the_time_is_recorded_ever_less_often(
    room: WorkerRoom, agent: SpeakingAgent
) -> None:
    for number in range(240):
        agent.say(agent.registration(user=f"user-{number}"))
        room.clock.forward(60_000)

    assert len(room.events("Registration.RequestRepeated")) < 12


def test_a_recorded_request_sent_again_by_a_frontend_changes_nothing(room: WorkerRoom, agent: SpeakingAgent) -> None:
    old = agent.bound(agent.registration())[1]
    room.handle([room.delivery([old])])
    room.clock.forward(3_600_000)
    agent.say(agent.registration(name="new-name"))
    agent.be_blocked()
    agent.be_allowed()
    room.clock.forward(3_600_000)
    head = room.log.head()

    (answer,) = room.handle([room.delivery([old])])

    assert room.log.head() == head
    assert answer.verdict is Verdict.REFUSED


def test_resource_keys_named_later_count_as_well(room: WorkerRoom, agent: SpeakingAgent) -> None:
    room.order(SetRegistrationPolicy("allow-all"))
    agent.say(agent.registration())
    room.clock.forward(60_000)
    agent.say(agent.registration(resource_keys={"machine_uuid": "THE-MACHINE"}))

    copied = SpeakingAgent(room, "pc-2")
    asked = copied.say(copied.registration(resource_keys={"machine_uuid": "THE-MACHINE"}))

    assert asked.content["status"] == "pending"


def test_a_flood_under_block_all_is_capped_for_an_hour(room: WorkerRoom) -> None:
    room.deployment = room.deployment._replace(waiting=WaitingCaps(in_all=3, per_address=2))
    room.shift = room.new_shift("worker-1")
    room.order(SetRegistrationPolicy("block-all"))
    agents = [SpeakingAgent(room, f"pc-{number}") for number in range(4)]

    verdicts = [agent.say(agent.registration()).verdict for agent in agents[:3]]
    room.clock.forward(3_600_000)
    later = agents[3].say(agents[3].registration()).verdict

    assert verdicts == [Verdict.REFUSED, Verdict.REFUSED, Verdict.BUSY]
    assert later is Verdict.REFUSED


def test_a_request_of_very_many_values_is_refused_before_they_are_built(room: WorkerRoom, agent: SpeakingAgent) -> None:
    assert agent.say(agent.registration(nothing=[None] * 5_000)).verdict is Verdict.BAD
    assert room.events("Registration.Requested") == []


def test_pending_and_blocked_agents_can_do_nothing_but_ask_again(room: WorkerRoom, agent: SpeakingAgent) -> None:
    agent.say(agent.registration())

    pending = agent.say(agent.call_in(1))
    agent.be_blocked()
    blocked = agent.say(agent.call_in(1))

    assert [each.content["reason"] for each in (pending, blocked)] == ["pending", "blocked"]
    assert [each.verdict for each in (pending, blocked)] == [Verdict.REFUSED, Verdict.REFUSED]
    assert room.events("Diary.CalledIn") == []


def test_allowed_from_pending_is_trusted_at_once(agent: SpeakingAgent) -> None:
    agent.say(agent.registration())
    agent.be_allowed()

    assert agent.say(agent.call_in(1)).verdict is Verdict.ACCEPTED


def test_allowed_after_a_block_is_trusted_at_the_next_registration_request(
    room: WorkerRoom, agent: SpeakingAgent
) -> None:
    agent.say(agent.registration())
    agent.be_blocked()
    agent.be_allowed()

    before = agent.say(agent.call_in(1))
    asked = agent.say(agent.registration())
    after = agent.say(agent.call_in(1))

    assert before.content["reason"] == "registration_needed"
    assert asked.content["status"] == "allowed"
    assert after.verdict is Verdict.ACCEPTED
    assert len(room.events("Agent.TrustGranted")) == 1


def test_a_lost_reply_then_revoke_then_allow_is_no_fork(room: WorkerRoom, allowed: SpeakingAgent) -> None:
    package = allowed.full_properties(1, {"ram": 16}, b"propertieshash-!")
    allowed.say(package)

    allowed.be_revoked()
    refused = allowed.say(package)
    allowed.be_allowed()
    asked = allowed.say(allowed.registration())
    next_one = allowed.say(allowed.call_in(2, b"propertieshash-!"))

    assert refused.content["reason"] == "revoked"
    assert (asked.content["status"], asked.next_number) == ("allowed", 2)
    assert (next_one.content, next_one.next_number) == ({}, 3)
    assert {each.facts["reason"] for each in room.events("Registration.PackageRefused")} == {"revoked"}


def test_the_policy_decides_first_requests_only(room: WorkerRoom, agent: SpeakingAgent) -> None:
    agent.say(agent.registration())
    room.order(SetRegistrationPolicy("allow-all"))

    known = agent.say(agent.registration())
    new = SpeakingAgent(room, "pc-2")
    allowed = new.say(new.registration())
    room.order(SetRegistrationPolicy("block-all"))
    other = SpeakingAgent(room, "pc-3")
    blocked = other.say(other.registration())

    assert [each.content["status"] for each in (known, allowed, blocked)] == ["pending", "allowed", "blocked"]
    assert [each.meta.who for each in room.events("Agent.Allowed")] == ["rule:allow-all"]


def test_a_copied_resource_key_is_never_allowed_by_the_policy(room: WorkerRoom, agent: SpeakingAgent) -> None:
    room.order(SetRegistrationPolicy("allow-all"))
    agent.say(agent.registration(resource_keys={"serial": "S1"}))

    impostor = SpeakingAgent(room, "pc-2")
    asked = impostor.say(impostor.registration(resource_keys={"serial": "S1", "mac": "00:00:5e:00:53:01"}))

    assert asked.content["status"] == "pending"


def test_a_request_signed_by_another_key_than_it_announces_is_not_verified(
    room: WorkerRoom, agent: SpeakingAgent
) -> None:
    other = SpeakingAgent(room, "pc-2")
    head = room.log.head()

    spoken = agent.say(agent.registration(key=other.public.der))

    assert (spoken.verdict, spoken.event) == (Verdict.BAD, None)
    assert room.log.head() == head


@pytest.mark.parametrize("key", [b"", b"\x30\x00", b"no key at all", 7, None])
def test_a_request_without_a_usable_key_is_not_verified(room: WorkerRoom, agent: SpeakingAgent, key: object) -> None:
    assert agent.say(agent.registration(key=key)).verdict is Verdict.BAD
    assert room.events("Registration.Requested") == []


@pytest.mark.parametrize("algorithm", [keys.P256, keys.ED25519, keys.RSA2048])
def test_agents_of_every_algorithm_call_in(room: WorkerRoom, algorithm: str) -> None:
    agent = SpeakingAgent(room, "pc-9", algorithm)
    agent.enrol()

    assert agent.say(agent.call_in(1)).verdict is Verdict.ACCEPTED


def test_an_agent_that_knows_only_rsa_1024_is_told_agent_too_old_and_nothing_is_recorded(room: WorkerRoom) -> None:
    agent = SpeakingAgent(room, "pc-9", keys.RSA1024)
    head = room.log.head()

    spoken = agent.say(agent.registration(algorithms=["rsa1024"]))

    assert (spoken.verdict, spoken.content) == (Verdict.REFUSED, {"reason": "agent_too_old"})
    assert room.log.head() == head


def test_a_flood_of_new_keys_is_told_busy_and_fills_nothing(room: WorkerRoom) -> None:
    room.deployment = room.deployment._replace(waiting=WaitingCaps(in_all=3, per_address=2))
    room.shift = room.new_shift("worker-1")
    agents = [SpeakingAgent(room, f"pc-{number}") for number in range(4)]

    verdicts = [agent.say(agent.registration()).verdict for agent in agents]
    agents[0].be_allowed()
    after = agents[3].say(agents[3].registration())

    assert verdicts == [Verdict.REFUSED, Verdict.REFUSED, Verdict.BUSY, Verdict.BUSY]
    assert after.content["status"] == "pending"
    assert len(room.events("Registration.Requested")) == 3


def test_hostile_claims_are_cut_to_size_and_kept_as_data(room: WorkerRoom, agent: SpeakingAgent) -> None:
    agent.say(agent.registration(name="x" * 10_000, addresses=["a"] * 500, resource_keys={"uuid": 5, "mac": "m"}))

    (event,) = room.events("Registration.Requested")

    assert event.personal is not None
    claims = event.personal["claims"]
    assert (len(claims["name"]), len(claims["addresses"]), claims["resource_keys"]) == (255, 64, {"mac": "m"})


def test_a_flood_of_one_request_in_one_batch_is_one_registration(room: WorkerRoom, agent: SpeakingAgent) -> None:
    requests = [agent.bound(agent.registration(), connection)[1] for connection in range(5)]

    answers = room.handle([room.delivery(requests)])

    assert len(answers) == 5
    assert len(room.events("Registration.Requested")) == 1


def test_registration_with_a_number_is_refused(room: WorkerRoom, agent: SpeakingAgent) -> None:
    content = {"key": agent.public.der, "name": "pc-1"}

    assert agent.say(agent.package(AgentType.REGISTRATION_REQUEST, content, 1)).verdict is Verdict.BAD
    assert room.events("Registration.Requested") == []


def test_a_request_tampered_on_the_way_is_not_verified(room: WorkerRoom, agent: SpeakingAgent) -> None:
    _, received = agent.bound(agent.registration())

    (answer,) = room.handle([room.delivery([forged(received, signature=bytes(64))])])

    assert (answer.verdict, answer.package) == (Verdict.BAD, b"")
    assert room.events("Registration.Requested") == []


def test_the_frontend_is_told_why_a_package_was_not_accepted(room: WorkerRoom, agent: SpeakingAgent) -> None:
    pending = agent.say(agent.registration())
    agent.be_allowed()
    accepted = agent.say(agent.call_in(1))
    agent.be_revoked()
    revoked = agent.say(agent.call_in(2))
    unknown = SpeakingAgent(room, "never asked")
    stranger = unknown.say(unknown.call_in(1))

    said = [each.answer.why for each in (pending, accepted, revoked, stranger)]

    assert said == ["pending", "", "revoked", "unknown_key"]
