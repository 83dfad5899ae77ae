"""Waking agents over the API and the command line: how many were told, who ordered it, and where it is seen."""

import json
from typing import Any

import pytest

from console.exit_code import ExitCode
from hand_clock import START_MS
from tests.console.conftest import Muster
from tests.console.site import Site
from wire.types import AgentType


@pytest.fixture
def pushed(site: Site) -> Site:
    """Three allowed machines, one that waits, and a frontend that lives."""
    for name in ("lab-1", "lab-2", "pc-1"):
        site.allowed_agent(name)
    site.agent("lab-3")
    site.room.announce(START_MS)
    site.project()
    return site


def told(site: Site) -> list[Any]:
    return [event.facts for event in site.room.events("WakeUp.Ordered")]


def test_one_agent_is_woken_by_name(pushed: Site) -> None:
    answer = pushed.client("operator").post("/agents/pc-1/wake", json={"reason": "ticket 4711"})

    document = answer.json()
    assert (answer.status_code, document["outcome"]) == (200, "done")
    assert (document["agents"], document["told"]) == (1, 1)
    assert [facts["reason"] for facts in told(pushed)] == ["ticket 4711"]


def test_it_tells_how_many_hold_a_connection_by_their_own_word(pushed: Site) -> None:
    agent = pushed.allowed_agent("pushed")
    rhythm = {"rhythm": {"interval_s": 60, "mode": "push"}}
    agent.say(agent.package(AgentType.PROPS_VERSION, rhythm, 2))
    pushed.project()

    document = pushed.client("operator").post("/agents/wake", json={}).json()

    assert (document["agents"], document["told"], document["holding"]) == (5, 4, 1)


def test_the_wake_up_is_in_the_timeline_with_who_ordered_it(pushed: Site) -> None:
    pushed.client("operator").post("/agents/pc-1/wake", json={"reason": "ticket 4711"})

    entry = pushed.client("viewer").get("/agents/pc-1/timeline").json()["items"][-1]
    of_another = pushed.client("viewer").get("/agents/lab-1/timeline").json()["items"]

    assert (entry["topic"], entry["who"]) == ("WakeUp.Ordered", "operator:operator")
    assert entry["facts"]["told"] is True
    assert entry["facts"]["reason"] == "ticket 4711"
    assert all(each["topic"] != "WakeUp.Ordered" for each in of_another)


def test_all_that_match_are_woken_and_who_waits_for_a_decision_is_not(pushed: Site) -> None:
    document = pushed.client("operator").post("/agents/wake", params={"name": "lab-*"}, json={}).json()

    assert (document["outcome"], document["agents"], document["told"]) == ("done", 3, 2)
    assert len(told(pushed)) == 2


def test_a_repeated_request_orders_nothing_anew(pushed: Site) -> None:
    headers = {"Idempotency-Key": "k"}
    client = pushed.client("operator")

    first = client.post("/agents/wake", headers=headers, json={}).json()
    again = client.post("/agents/wake", headers=headers, json={}).json()

    assert first["told"] == again["told"] == 3
    assert len(told(pushed)) == 3


def test_without_a_frontend_nobody_is_told_and_the_answer_says_so(site: Site) -> None:
    site.allowed_agent("pc-1")

    document = site.client("operator").post("/agents/pc-1/wake", json={}).json()

    assert (document["outcome"], document["agents"], document["told"]) == ("unchanged", 1, 0)


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("auditor", 403), ("operator", 200), ("admin", 200)])
def test_who_may_wake(pushed: Site, role: str, status: int) -> None:
    assert pushed.client(role).post("/agents/pc-1/wake", json={}).status_code == status
    assert pushed.client(role).post("/agents/wake", json={}).status_code == status


def test_nobody_of_that_name_is_not_found(pushed: Site) -> None:
    assert pushed.client().post("/agents/pc-9/wake", json={}).status_code == 404


def test_the_command_line_tells_who_was_told_who_is_not_connected_and_who_cannot_be_woken(
    pushed: Site, muster: Muster
) -> None:
    agent = pushed.allowed_agent("pushed")
    agent.say(agent.package(AgentType.PROPS_VERSION, {"rhythm": {"interval_s": 60, "mode": "push"}}, 2))
    pushed.project()

    named = muster("agents", "wake", "pc-1", "lab-3", "pushed", "lab-1", "--reason", "ticket 4711", role="operator")
    every = muster("agents", "wake", "--all-matching", "--name", "lab-*", "-o", "json", role="operator")

    assert named.code == 0
    assert named.out.replace("\n", " ").split(". ") == [
        "Told over the connection they said they hold: 1 (pushed)",
        "Not connected, they call in by themselves at their interval: 2 (pc-1, lab-1)",
        "Cannot be woken: it is Pending: 1 (lab-3)",
        "",
    ]
    assert (json.loads(every.out)["agents"], json.loads(every.out)["told"]) == (3, 2)


def test_an_agent_that_is_named_twice_is_woken_and_counted_once(pushed: Site, muster: Muster) -> None:
    agent_id = pushed.client().get("/agents/pc-1").json()["agent_id"]

    ran = muster("agents", "wake", "pc-1", agent_id, "PC-1", "-o", "json", role="operator")

    assert json.loads(ran.out)["agents"] == 1
    assert len(told(pushed)) == 1


def test_without_an_agent_handler_the_command_line_says_that_nobody_was_told(site: Site, muster: Muster) -> None:
    site.allowed_agent("pc-1")

    assert "Not told, since no agent handler is there" in muster("agents", "wake", "pc-1").out


def test_one_of_several_that_is_not_there_is_named_and_nobody_is_woken(pushed: Site, muster: Muster) -> None:
    ran = muster("agents", "wake", "pc-1", "nope")

    assert (ran.code, "There is no agent 'nope'" in ran.err) == (ExitCode.NOT_FOUND, True)
    assert told(pushed) == []


def test_agents_and_a_filter_together_are_refused(pushed: Site) -> None:
    answer = pushed.client().post("/agents/wake", params={"name": "lab-*"}, json={"agents": ["pc-1"]})

    assert answer.status_code == 422
    assert told(pushed) == []


@pytest.mark.parametrize("said", [(), ("pc-1", "--all-matching"), ("pc-1", "--query", "lab")])
def test_the_command_line_wants_either_names_or_a_filter(pushed: Site, muster: Muster, said: tuple[str, ...]) -> None:
    assert muster("agents", "wake", *said).code == ExitCode.USAGE
    assert told(pushed) == []
