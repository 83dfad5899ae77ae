"""Clones: one key used by two machines is lost to both; each becomes an agent of its own when a person says so."""

from typing import Any

import pytest

from broker.messages import Verdict
from domain.orders import IssueInstallTickets, MergeRegistration, SetRegistrationPolicy, SplitRegistration
from wire import keys
from wire.agent_session import Outgoing
from wire.fork_claim import fork_field, fork_proof
from wire.install_ticket import public_half, ticket_field
from wire.key_update import key_update
from wire.types import AgentType
from worker_room import SpeakingAgent, Spoken, WorkerRoom

RESTARTS = pytest.mark.parametrize("restarted", [False, True], ids=["in-memory", "new-worker"])
SEED = bytes(range(32))


def told(spoken: Spoken) -> str:
    return str(spoken.content.get("reason") or spoken.content.get("status"))


def later(agent: SpeakingAgent) -> None:
    agent.room.clock.forward(60_000)
    agent.clock.now_ms = agent.room.clock.now_ms


def fork(agent: SpeakingAgent, number: int = 2) -> Spoken:
    """A copy of the machine has called in under the number; now the machine itself does."""
    later(agent)
    agent.say(agent.call_in(number, why="the copy's"))
    later(agent)
    return agent.say(agent.call_in(number, why="its own"))


def branch(of: SpeakingAgent, **more: Any) -> tuple[SpeakingAgent, Outgoing]:
    """One of the machines with a fresh key, and its request."""
    fresh = SpeakingAgent(of.room, of.name, seed=11)
    proof = fork_proof(fresh.fingerprint, lambda message: keys.sign(of.private, message))
    return fresh, fresh.registration(fork_of=fork_field(of.fingerprint, proof), **more)


def offer(agent: SpeakingAgent, new: SpeakingAgent) -> Outgoing:
    body = key_update(agent.fingerprint, new.public.der, ["p256"], lambda message: keys.sign(new.private, message))
    return agent.package(AgentType.AGENT_KEY_UPDATE, body, 0)


@pytest.fixture
def clone(allowed: SpeakingAgent) -> SpeakingAgent:
    """A machine that called in once, and of which there is a copy."""
    allowed.say(allowed.call_in(1))
    return allowed


@pytest.fixture
def other(room: WorkerRoom) -> SpeakingAgent:
    """Another allowed machine."""
    agent = SpeakingAgent(room, "pc-2")
    agent.enrol()
    return agent


@RESTARTS
def test_a_forked_key_gets_nothing_whatever_it_says(room: WorkerRoom, clone: SpeakingAgent, restarted: bool) -> None:
    refused = fork(clone)
    if restarted:
        room.shift = room.new_shift("worker-1")

    successor = SpeakingAgent(room, seed=8)
    said = [
        clone.say(clone.call_in(3)),
        clone.say(clone.call_in(2, why="the copy's")),
        clone.say(clone.registration()),
        clone.say(clone.package(AgentType.HELLO, {"size": 9_000}, 0)),
        clone.say(offer(clone, successor)),
    ]

    assert [told(refused), *map(told, said)] == ["fork"] * 6
    assert {each.verdict for each in said} == {Verdict.REFUSED}
    assert room.topics().count("Diary.CalledIn") == 2


def test_a_fork_is_an_event_with_the_evidence_of_both_sides(room: WorkerRoom, clone: SpeakingAgent) -> None:
    fork(clone)

    (event,) = room.events("Agent.Forked")
    (refused,) = room.events("Registration.PackageRefused")
    assert (event.facts["fingerprint"], event.facts["number"], event.facts["closed"]) == (clone.fingerprint, 2, True)
    assert (refused.facts["reason"], refused.facts["number"]) == ("fork", 2)
    assert refused.personal is not None
    assert b"its own" in refused.personal["evidence"]["body"]
    recorded = room.events("Diary.CalledIn")[-1]
    assert recorded.personal is not None
    assert b"the copy's" in recorded.personal["body"]


@RESTARTS
@pytest.mark.parametrize("decide", ["be_allowed", "be_blocked", "be_revoked"])
def test_a_closed_entry_is_not_decided_about(
    room: WorkerRoom, clone: SpeakingAgent, decide: str, restarted: bool
) -> None:
    fork(clone)
    if restarted:
        room.shift = room.new_shift("worker-1")

    outcome = getattr(clone, decide)()

    assert outcome.outcome == "entry_closed"
    assert "came out of it" in outcome.detail


def test_a_closed_entry_is_not_merged_either_way(room: WorkerRoom, clone: SpeakingAgent, other: SpeakingAgent) -> None:
    fork(clone)

    for one, into in ((clone, other), (other, clone)):
        outcome = room.order(MergeRegistration(one.fingerprint, into.fingerprint, "the same"))
        assert outcome.outcome == "entry_closed"


def test_a_successor_that_was_offered_and_not_used_is_lost_too(room: WorkerRoom, clone: SpeakingAgent) -> None:
    successor = SpeakingAgent(room, seed=8)
    clone.say(offer(clone, successor))

    fork(clone)

    assert told(successor.say(successor.call_in(1))) == "fork"
    assert room.topics().count("Agent.KeyReplaced") == 0


@RESTARTS
def test_a_copy_with_a_retired_key_is_no_fork(room: WorkerRoom, clone: SpeakingAgent, restarted: bool) -> None:
    successor = SpeakingAgent(room, seed=8)
    clone.say(offer(clone, successor))
    successor.say(successor.call_in(1))
    if restarted:
        room.shift = room.new_shift("worker-1")
    later(clone)

    assert told(clone.say(clone.call_in(1, why="the copy's"))) == "key_replaced"
    assert successor.say(successor.call_in(2)).verdict is Verdict.ACCEPTED
    assert not room.events("Agent.Forked")


@RESTARTS
def test_each_machine_becomes_an_entry_of_its_own_by_a_persons_word(
    room: WorkerRoom, clone: SpeakingAgent, restarted: bool
) -> None:
    old_id = clone.say(clone.registration()).content["agent_id"]
    room.order(SetRegistrationPolicy("allow-all", duplicates="allow"))
    fork(clone)

    branches = [branch(clone), branch(clone)]
    answers = [fresh.say(request) for fresh, request in branches]
    if restarted:
        room.shift = room.new_shift("worker-1")
    outcomes = [fresh.be_allowed().outcome for fresh, _ in branches]
    again = [fresh.say(request) for fresh, request in branches]
    reported = [fresh.say(fresh.full_properties(1, {"a": 1}, bytes(16))) for fresh, _ in branches]

    assert [told(each) for each in answers] == ["pending"] * 2
    assert outcomes == ["done"] * 2
    ids = {each.content["agent_id"] for each in again}
    assert len(ids | {old_id}) == 3
    assert [(each.verdict, each.next_number) for each in reported] == [(Verdict.ACCEPTED, 2)] * 2
    asked = room.events("Registration.Requested")[-2:]
    assert [each.facts["fork_of"] for each in asked] == [old_id] * 2
    assert {each.facts["agent_id"] for each in room.events("Agent.Branched")} == ids
    assert "Agent.MergedInto" not in room.topics()


@pytest.mark.parametrize("bound", [False, True])
def test_no_ticket_lets_a_machine_in_that_comes_out_of_a_fork(
    room: WorkerRoom, clone: SpeakingAgent, other: SpeakingAgent, bound: bool
) -> None:
    to = other.fingerprint if bound else b""
    expires = room.clock.now_ms + 86_400_000
    assert room.order(IssueInstallTickets([public_half(SEED)], expires, to)).outcome == "done"
    fork(clone)
    fresh, _ = branch(clone)
    proof = fork_proof(fresh.fingerprint, lambda message: keys.sign(clone.private, message))
    request = fresh.registration(
        fork_of=fork_field(clone.fingerprint, proof), ticket=ticket_field(SEED, fresh.fingerprint)
    )

    assert [told(fresh.say(request)) for _ in range(2)] == ["pending", "pending"]
    assert not room.events("InstallTicket.Used")


def test_a_stranger_cannot_hang_itself_onto_an_agent(
    room: WorkerRoom, clone: SpeakingAgent, other: SpeakingAgent
) -> None:
    fork(clone)
    stranger = SpeakingAgent(room, "pc-9", seed=12)
    proof = fork_proof(stranger.fingerprint, lambda message: keys.sign(other.private, message))
    asked = room.topics().count("Registration.Requested")

    refused = stranger.say(stranger.registration(fork_of=fork_field(clone.fingerprint, proof)))

    assert (refused.verdict, told(refused)) == (Verdict.REFUSED, "fork_unproved")
    assert room.topics().count("Registration.Requested") == asked
    assert told(stranger.say(stranger.registration())) == "pending"
    assert not room.events("Agent.Branched")


def test_a_proof_for_one_key_is_none_for_another(room: WorkerRoom, clone: SpeakingAgent) -> None:
    fork(clone)
    thief = SpeakingAgent(room, "pc-9", seed=12)
    stolen = fork_field(clone.fingerprint, fork_proof(bytes(32), lambda message: keys.sign(clone.private, message)))

    assert told(thief.say(thief.registration(fork_of=stolen))) == "fork_unproved"


@pytest.mark.parametrize("claim", ["text", {}, {"key": b"short", "proof": b""}, {"key": bytes(32), "proof": bytes(64)}])
def test_a_claim_that_is_none_makes_an_ordinary_request(room: WorkerRoom, agent: SpeakingAgent, claim: Any) -> None:
    assert told(agent.say(agent.registration(fork_of=claim))) == "pending"
    assert room.events("Registration.Requested")[0].facts["fork_of"] == b""


def merged(room: WorkerRoom, one: SpeakingAgent, into: SpeakingAgent) -> None:
    assert room.order(MergeRegistration(one.fingerprint, into.fingerprint, "the same machine")).outcome == "done"


def split(room: WorkerRoom, one: SpeakingAgent) -> None:
    assert room.order(SplitRegistration(one.fingerprint, "two machines")).outcome == "done"


def test_a_merged_keys_numbers_never_collide_with_the_older_keys(
    room: WorkerRoom, clone: SpeakingAgent, other: SpeakingAgent
) -> None:
    merged(room, other, clone)
    for number in range(1, 4):
        later(other)
        assert other.say(other.call_in(number, why=f"other {number}")).next_number == number + 1
    later(clone)

    assert clone.say(clone.call_in(2)).next_number == 3
    assert not room.events("Agent.Forked")


@RESTARTS
def test_one_of_two_keys_forks_and_the_agent_lives_on(
    room: WorkerRoom, clone: SpeakingAgent, other: SpeakingAgent, restarted: bool
) -> None:
    merged(room, clone, other)
    fork(clone)
    if restarted:
        room.shift = room.new_shift("worker-1")

    assert room.events("Agent.Forked")[0].facts["closed"] is False
    assert told(clone.say(clone.call_in(3))) == "fork"
    assert other.say(other.call_in(1)).verdict is Verdict.ACCEPTED
    assert other.be_allowed().outcome == "unchanged"


@RESTARTS
@pytest.mark.parametrize("which", ["the merged one", "the other"])
def test_a_split_leaves_the_forked_key_with_its_own_agent_which_is_closed(
    room: WorkerRoom, clone: SpeakingAgent, other: SpeakingAgent, which: str, restarted: bool
) -> None:
    one, into = (clone, other) if which == "the merged one" else (other, clone)
    merged(room, one, into)
    fork(clone)
    split(room, one)
    if restarted:
        room.shift = room.new_shift("worker-1")

    assert clone.be_allowed().outcome == "entry_closed"
    assert told(clone.say(clone.call_in(3))) == "fork"
    assert other.be_allowed().outcome == "unchanged"
    assert other.say(other.call_in(1)).verdict is Verdict.ACCEPTED


def test_both_keys_fork_and_the_agent_is_closed_with_both(
    room: WorkerRoom, clone: SpeakingAgent, other: SpeakingAgent
) -> None:
    merged(room, clone, other)
    fork(clone)
    fork(other, 1)

    assert other.be_revoked().outcome == "entry_closed"
    split(room, clone)
    assert [clone.be_allowed().outcome, other.be_allowed().outcome] == ["entry_closed"] * 2


def test_a_fork_of_a_fork_is_one_of_its_own(room: WorkerRoom, clone: SpeakingAgent) -> None:
    fork(clone)
    fresh, request = branch(clone)
    fresh.say(request)
    fresh.be_allowed()

    fork(fresh, 1)
    second, request = branch(fresh)

    assert told(second.say(request)) == "pending"
    ids = [each.facts["agent_id"] for each in room.events("Registration.Requested")]
    assert [each.facts["fork_of"] for each in room.events("Registration.Requested")] == [b"", *ids[:2]]


def test_a_blocked_branch_stays_out(room: WorkerRoom, clone: SpeakingAgent) -> None:
    fork(clone)
    fresh, request = branch(clone)
    fresh.say(request)

    assert fresh.be_blocked().outcome == "done"
    assert told(fresh.say(request)) == "blocked"
