"""Install tickets: one agent is let in without a further decision; what is not good is refused for what it is."""

from typing import Any

import pytest

from broker.messages import Verdict
from domain.install_ticket import ticket_id_of
from domain.orders import IssueInstallTickets, RevokeInstallTicket, SetRegistrationPolicy
from wire.install_ticket import public_half, ticket_field
from worker_room import SpeakingAgent, WorkerRoom

DAY_MS = 86_400_000
SEED = bytes(range(32))


def issue(room: WorkerRoom, seed: bytes = SEED, bound_to: bytes = b"") -> str:
    order = IssueInstallTickets([public_half(seed)], room.clock.now_ms + DAY_MS, bound_to)
    assert room.order(order).outcome == "done"
    return ticket_id_of(public_half(seed))


def ask(agent: SpeakingAgent, seed: bytes = SEED, **claims: Any) -> dict[str, Any]:
    return agent.say(agent.registration(ticket=ticket_field(seed, agent.fingerprint), **claims)).content


def test_a_ticket_lets_an_agent_in_and_the_decision_names_it(room: WorkerRoom, agent: SpeakingAgent) -> None:
    room.order(SetRegistrationPolicy("block-all"))
    ticket_id = issue(room)

    asked = ask(agent)

    assert asked["status"] == "allowed"
    assert agent.say(agent.call_in(1)).verdict is Verdict.ACCEPTED
    [allowed] = room.events("Agent.Allowed")
    assert allowed.meta.who == f"ticket:{ticket_id}"
    assert [each.facts["fingerprint"] for each in room.events("InstallTicket.Used")] == [agent.fingerprint]


@pytest.mark.parametrize("restarted", [False, True])
def test_a_ticket_is_good_once_and_a_repeat_by_its_agent_is_no_second_use(
    room: WorkerRoom, agent: SpeakingAgent, restarted: bool
) -> None:
    issue(room)
    ask(agent)
    if restarted:
        room.shift = room.new_shift("worker-1")
    other = SpeakingAgent(room, "pc-2")

    repeated, second = ask(agent), ask(other)

    assert repeated["status"] == "allowed"
    assert second["reason"] == "ticket_used"
    assert other.say(other.registration()).content["status"] == "pending"
    assert len(room.events("InstallTicket.Used")) == 1


def test_two_agents_with_one_ticket_in_one_batch_are_one_allowed_and_one_refused(room: WorkerRoom) -> None:
    issue(room)
    agents = [SpeakingAgent(room, f"pc-{number}", seed=number) for number in range(2)]
    packages = [
        agent.bound(agent.registration(ticket=ticket_field(SEED, agent.fingerprint)), number)[1]
        for number, agent in enumerate(agents)
    ]

    answers = room.handle([room.delivery(packages)])

    assert [each.verdict for each in answers] == [Verdict.ACCEPTED, Verdict.REFUSED]


def test_every_bad_ticket_has_a_refusal_of_its_own(room: WorkerRoom) -> None:
    revoked, expired = bytes([1] * 32), bytes([2] * 32)
    room.order(RevokeInstallTicket(issue(room, revoked), "lost"))
    issue(room, expired)
    room.clock.forward(DAY_MS)
    agents = [SpeakingAgent(room, f"pc-{number}") for number in range(4)]

    unknown = ask(agents[0], bytes(32))
    stolen = agents[3].registration(ticket=ticket_field(revoked, agents[0].fingerprint))
    forged = agents[3].say(stolen).content

    assert [unknown["reason"], ask(agents[1], revoked)["reason"], ask(agents[2], expired)["reason"]] == [
        *("ticket_unknown", "ticket_revoked", "ticket_expired")
    ]
    assert forged["reason"] == "ticket_forged"
    assert [each.facts["reason"] for each in room.events("Registration.PackageRefused")] == [
        *("ticket_unknown", "ticket_forged", "ticket_revoked", "ticket_expired")
    ]


def test_a_ticket_for_anybody_lets_no_duplicate_in_and_stays_unused(room: WorkerRoom, agent: SpeakingAgent) -> None:
    agent.enrol()
    issue(room)
    copy = SpeakingAgent(room, "pc-1")

    assert ask(copy)["status"] == "pending"
    assert room.events("InstallTicket.Used") == []


@pytest.mark.parametrize("keys", [{"machine_uuid": "pc-1"}, {"machine_uuid": "new-board"}])
def test_a_ticket_for_a_machine_makes_the_new_key_its_own(
    room: WorkerRoom, agent: SpeakingAgent, keys: dict[str, str]
) -> None:
    agent.enrol()
    agent_id = agent.say(agent.registration()).content["agent_id"]
    issue(room, bound_to=agent.fingerprint)
    again = SpeakingAgent(room, "pc-1")

    asked = ask(again, resource_keys=keys)

    assert (asked["status"], asked["agent_id"]) == ("allowed", agent_id)
    assert again.say(again.call_in(1)).verdict is Verdict.ACCEPTED
    room.shift = room.new_shift("worker-1")
    assert again.say(again.registration()).content["agent_id"] == agent_id


def test_a_ticket_for_a_revoked_machine_lets_nobody_in(room: WorkerRoom, agent: SpeakingAgent) -> None:
    agent.enrol()
    issue(room, bound_to=agent.fingerprint)
    agent.be_revoked()
    again = SpeakingAgent(room, "pc-1")

    assert ask(again)["status"] == "pending"


@pytest.mark.parametrize("verb", ["be_blocked", "be_revoked"])
def test_a_ticket_does_not_undo_what_a_person_decided(room: WorkerRoom, agent: SpeakingAgent, verb: str) -> None:
    issue(room)
    agent.say(agent.registration())
    if verb == "be_revoked":
        agent.be_allowed()
    getattr(agent, verb)()

    assert ask(agent)["status"] == verb.removeprefix("be_")
    assert room.events("InstallTicket.Used") == []


def test_an_agent_that_waits_is_let_in_by_a_ticket_that_comes_later(room: WorkerRoom, agent: SpeakingAgent) -> None:
    agent.say(agent.registration())
    issue(room)

    assert ask(agent)["status"] == "allowed"


def test_a_used_ticket_cannot_be_revoked(room: WorkerRoom, agent: SpeakingAgent) -> None:
    ticket_id = issue(room)
    ask(agent)

    assert room.order(RevokeInstallTicket(ticket_id)).outcome == "ticket_used"
    assert room.order(RevokeInstallTicket("0" * 16)).outcome == "not_found"


@pytest.mark.parametrize(
    "order",
    [
        IssueInstallTickets([], 1),
        IssueInstallTickets([b"short"], 1),
        IssueInstallTickets([public_half(SEED)], 1),
        IssueInstallTickets([public_half(SEED)], 1 << 60),
    ],
)
def test_an_order_for_impossible_tickets_is_refused(room: WorkerRoom, order: IssueInstallTickets) -> None:
    assert room.order(order).outcome == "malformed_order"
