"""Once `muster registrations revoke` has returned no package of that agent is accepted, whoever carries or judges."""

import json
from pathlib import Path
from typing import Any

import pytest

from broker.messages import Answer, Cut, Verdict
from open_connection import OpenConnection, site_agent
from site_of_processes import Site
from taken_over_frontend import TakenOverFrontend
from wire.agent_session import Answered
from worker_room import SpeakingAgent, heard

pytestmark = pytest.mark.services


def test_a_held_connection_is_cut_and_no_worker_accepts_another_package(site: Site) -> None:
    site.start()
    agent = site_agent(site, "pc-1")
    with OpenConnection(site, agent, "site-a") as held:
        held.say(agent.registration())
        decide(site, "allow", agent)
        assert content(held.say(agent.call_in(1))) == {"full": True}

        decide(site, "revoke", agent)
        said = held.wait_until_closed()

    assert said == []
    refused = spoken(site, agent)
    site.people("registrations", "policy", "set", "allow-all")
    site.processes["worker-1"].kill()
    site.start_worker("worker-2")
    later = spoken(site, agent)
    assert refused == later == [{"reason": "revoked"}, "revoked", {"reason": "revoked"}]
    assert call_ins(site, agent) == 1

    decide(site, "allow", agent)
    assert spoken(site, agent)[1:] == ["allowed", {"full": True}]


def test_a_frontend_that_does_not_obey_changes_nothing(site: Site) -> None:
    site.start_worker("worker-1")
    site.start_projector()
    site.start_console()
    with TakenOverFrontend(site, "site-b") as frontend:
        frontend.announce()
        agent, bystander = frontend.agent("pc-1"), frontend.agent("pc-2", seed=8)
        enrol(site, agent)
        enrol(site, bystander)
        _, first = agent.bound(agent.call_in(1))
        _, kept_back = agent.bound(agent.call_in(2))
        (accepted,) = frontend.handle([frontend.delivery([first])])
        decide(site, "revoke", agent)

        frontend.wait_until_told(Cut([agent.fingerprint]))
        under_the_worker_of_then = [said(agent, frontend) for _ in range(2)]
        replayed = frontend.handle([frontend.delivery([first, kept_back])])
        site.processes["worker-1"].kill()
        site.start_worker("worker-2")
        under_the_next_worker = said(agent, frontend)
        replayed += frontend.handle([frontend.delivery([kept_back, first])])

        assert accepted.verdict is Verdict.ACCEPTED
        assert [*under_the_worker_of_then, under_the_next_worker] == [{"reason": "revoked"}] * 3
        assert {each.verdict for each in replayed} == {Verdict.REFUSED}
        assert bystander.say(bystander.call_in(1)).verdict is Verdict.ACCEPTED
    assert call_ins(site, agent) == 1


def test_the_reference_agent_is_refused_registers_again_and_stays_revoked(site: Site, tmp_path: Path) -> None:
    site.start()
    site.people("registrations", "policy", "set", "allow-all")
    home, tickets = tmp_path / "agent", tmp_path / "tickets"
    site.agent(home, "install", "--bootstrap", str(site.bootstrap), "--name", "pc-1")
    assert site.agent(home, "call-in").returncode == 0
    ticket = site.people("registrations", "ticket", "create", "-o", "json")
    tickets.write_text(json.loads(ticket.stdout)["tickets"][0]["ticket"])

    site.people("registrations", "revoke", "pc-1", "--reason", "stolen")
    refused = [json.loads(site.agent(home, "call-in", "-o", "json").stdout) for _ in range(2)]
    status = json.loads(site.agent(home, "status", "-o", "json").stdout)
    again = tmp_path / "again"
    site.agent(again, "install", "--bootstrap", str(site.bootstrap), "--name", "pc-1", "--ticket", str(tickets))
    reinstalled = json.loads(site.agent(again, "call-in", "-o", "json").stdout)

    assert [(each["outcome"], each["reason"]) for each in refused] == [("refused", "revoked")] * 2
    assert status["registration"] == "revoked"
    assert reinstalled["outcome"] == "pending"
    requests = site.people_json("agents", "timeline", refused[0]["agent_id"])["items"]
    refusals = [each["facts"]["reason"] for each in requests if each["topic"] == "Registration.PackageRefused"]
    assert refusals == ["revoked"]


def decide(site: Site, verb: str, agent: SpeakingAgent) -> None:
    done = site.people("registrations", verb, agent.fingerprint.hex(), "--reason", "a decision")
    assert done.returncode == 0, done.stderr


def enrol(site: Site, agent: SpeakingAgent) -> None:
    agent.say(agent.registration())
    decide(site, "allow", agent)


def said(agent: SpeakingAgent, frontend: TakenOverFrontend) -> dict[str, Any]:
    """What the worker answers to the agent's next package, over a session of before."""
    session, received = agent.bound(agent.call_in(2))
    (answer,) = frontend.handle([frontend.delivery([received])])
    assert isinstance(answer, Answer)
    return content(heard(session, answer))


def spoken(site: Site, agent: SpeakingAgent) -> list[Any]:
    """What a new connection brings: for a call-in, for a registration request, and for a call-in after that."""
    with OpenConnection(site, agent, "site-a") as connection:
        call_in = content(connection.say(agent.call_in(2)))
        registered = content(connection.say(agent.registration()))["status"]
        return [call_in, registered, content(connection.say(agent.call_in(2)))]


def content(event: object) -> dict[str, Any]:
    assert isinstance(event, Answered), event
    return event.content


def call_ins(site: Site, agent: SpeakingAgent) -> int:
    return len(
        site.people_json(
            "agents", "call-ins", site.people_json("registrations", "show", agent.fingerprint.hex())["agent_id"]
        )["items"]
    )
