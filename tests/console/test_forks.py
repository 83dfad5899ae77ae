"""Clones as people see them: a closed entry, the machines that came out of it, and the past that both share."""

import json
from typing import Any, NamedTuple

import pytest

from tests.console.conftest import Muster
from tests.console.site import Site
from wire import keys
from wire.fork_claim import fork_field, fork_proof
from worker_room import SpeakingAgent


class Clones(NamedTuple):
    """One machine, and what both of it became."""

    old: SpeakingAgent
    branches: list[SpeakingAgent]


@pytest.fixture
def clones(site: Site) -> Clones:
    """An allowed machine whose key was used twice; both asked anew, and a person let the first of them in."""
    old = site.allowed_agent("pc-1")
    for why in ("the copy's", "its own"):
        site.room.clock.forward(60_000)
        old.clock.now_ms = site.room.clock.now_ms
        old.say(old.call_in(2, why=why))
    branches = [SpeakingAgent(site.room, "pc-1", seed=seed) for seed in (11, 12)]
    for each in branches:
        site.room.clock.forward(60_000)
        proof = fork_proof(each.fingerprint, lambda message: keys.sign(old.private, message))
        each.say(each.registration(fork_of=fork_field(old.fingerprint, proof)))
    branches[0].be_allowed()
    branches[0].say(branches[0].call_in(1))
    site.project()
    return Clones(old, branches)


def shown(site: Site, agent: SpeakingAgent) -> dict[str, Any]:
    document: dict[str, Any] = site.client().get(f"/registrations/{agent.fingerprint.hex()}").json()
    return document


def listed(site: Site, what: str = "registrations", **wanted: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = site.client().get(f"/{what}", params=wanted).json()["items"]
    return items


def test_a_closed_entry_shows_since_when_by_which_number_and_into_what(site: Site, clones: Clones) -> None:
    row = shown(site, clones.old)

    assert (row["status"], row["trusted"], row["actions"]) == ("Forked", False, [])
    assert (row["fork_number"], row["refused_reason"]) == (2, "fork")
    assert row["forked_at"] == row["refused_at"]
    assert [(each["name"], each["status"]) for each in row["forks"]] == [("pc-1", "Allowed"), ("pc-1", "Pending")]
    assert [each["registration_id"] for each in row["forks"]] == [each.fingerprint.hex() for each in clones.branches]


def test_each_machine_that_came_out_of_it_says_so(site: Site, clones: Clones) -> None:
    old_id = shown(site, clones.old)["agent_id"]

    rows = [shown(site, each) for each in clones.branches]

    assert [row["fork_of"] for row in rows] == [old_id] * 2
    assert [row["actions"][:1] for row in rows] == [["revoke"], ["allow"]]
    assert {row["fork_of"] for row in listed(site, "agents") if row["status"] != "Forked"} == {old_id}


def test_forked_entries_are_counted_and_filtered(site: Site, clones: Clones) -> None:
    counts = site.client().get("/registrations/counts").json()
    old = shown(site, clones.old)

    assert counts == {"Pending": 1, "Allowed": 1, "Blocked": 0, "Revoked": 0, "Forked": 1}
    assert [row["registration_id"] for row in listed(site, status="forked")] == [old["registration_id"]]
    assert [row["agent_id"] for row in listed(site, "agents", status="Forked")] == [old["agent_id"]]
    out = {row["registration_id"] for row in listed(site, fork_of=old["agent_id"])}
    assert out == {each.fingerprint.hex() for each in clones.branches}


@pytest.mark.parametrize("verb", ["allow", "block", "revoke", "merge"])
def test_no_decision_about_a_closed_entry_is_taken(site: Site, clones: Clones, verb: str) -> None:
    body = {"reason": "test"} | ({"into": clones.branches[0].fingerprint.hex()} if verb == "merge" else {})

    answer = site.client().post(
        f"/registrations/{clones.old.fingerprint.hex()}/{verb}", json=body, headers={"If-Match": "*"}
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "entry_closed")
    assert "Decide about the entries that came out of it" in answer.json()["detail"]


def test_a_fork_shares_the_past_of_the_entry_it_came_out_of(site: Site, clones: Clones) -> None:
    old_id, branch_id = (shown(site, each)["agent_id"] for each in (clones.old, clones.branches[0]))

    items = site.client().get(f"/agents/{branch_id}/timeline").json()["items"]

    shared = [item["topic"] for item in items if item["shared_from"] == old_id]
    own = [item["topic"] for item in items if item["shared_from"] is None]
    assert shared[:3] == ["Registration.Requested", "Agent.Introduced", "Agent.Allowed"]
    assert shared[-3:] == ["Diary.CalledIn", "Registration.PackageRefused", "Agent.Forked"]
    assert own == ["Registration.Requested", "Agent.Introduced", "Agent.Allowed", "Diary.CalledIn"]
    assert [item["position"] for item in items] == sorted(item["position"] for item in items)
    assert [item["facts"].get("fork_of") for item in items if item["topic"] == "Agent.Introduced"][1:] == [old_id]


def test_a_shared_past_is_read_page_by_page(site: Site, clones: Clones) -> None:
    branch_id = shown(site, clones.branches[0])["agent_id"]
    whole = site.client().get(f"/agents/{branch_id}/timeline").json()["items"]

    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        wanted = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = site.client().get(f"/agents/{branch_id}/timeline", params=wanted).json()
        found, cursor = found + page["items"], page["next"]

    assert found == whole


def test_the_closed_entrys_timeline_tells_what_came_out_of_it(site: Site, clones: Clones) -> None:
    old_id = shown(site, clones.old)["agent_id"]

    items = site.client().get(f"/agents/{old_id}/timeline").json()["items"]

    came = [item["facts"]["agent_id"] for item in items if item["topic"] == "Agent.Branched"]
    assert came == [shown(site, each)["agent_id"] for each in clones.branches]
    assert {item["shared_from"] for item in items} == {None}


def test_a_fork_of_a_fork_shares_both_pasts(site: Site, clones: Clones) -> None:
    first = clones.branches[0]
    for why in ("the copy's", "its own"):
        site.room.clock.forward(60_000)
        first.clock.now_ms = site.room.clock.now_ms
        first.say(first.call_in(2, why=why))
    second = SpeakingAgent(site.room, "pc-1", seed=13)
    proof = fork_proof(second.fingerprint, lambda message: keys.sign(first.private, message))
    second.say(second.registration(fork_of=fork_field(first.fingerprint, proof)))
    site.project()

    items = site.client().get(f"/agents/{shown(site, second)['agent_id']}/timeline").json()["items"]

    pasts = [item["shared_from"] for item in items]
    assert list(dict.fromkeys(pasts)) == [*(shown(site, each)["agent_id"] for each in (clones.old, first)), None]


def test_one_forked_key_of_two_leaves_the_entry_as_it_is(site: Site) -> None:
    one, other = site.allowed_agent("pc-1"), site.allowed_agent("pc-2")
    site.client().post(
        f"/registrations/{one.fingerprint.hex()}/merge",
        json={"reason": "the same", "into": other.fingerprint.hex()},
        headers={"If-Match": "*"},
    )
    for why in ("the copy's", "its own"):
        site.room.clock.forward(60_000)
        one.clock.now_ms = site.room.clock.now_ms
        one.say(one.call_in(2, why=why))
    site.project()

    merged, entry = shown(site, one), shown(site, other)

    assert (merged["status"], merged["trusted"], merged["fork_number"]) == ("Forked", False, 2)
    assert (entry["status"], entry["trusted"], entry["forked_at"]) == ("Allowed", True, None)
    assert entry["actions"] == ["revoke"]


def test_a_name_means_the_machines_that_live_on(site: Site, clones: Clones, muster: Muster) -> None:
    ambiguous = muster("registrations", "show", "pc-1")
    closed = muster("registrations", "show", shown(site, clones.old)["agent_id"], "-o", "json")

    assert ambiguous.code == 1 or "Several" in ambiguous.err
    assert json.loads(closed.out)["status"] == "Forked"


def test_the_command_line_tells_whose_past_it_is(site: Site, clones: Clones, muster: Muster) -> None:
    ran = muster("agents", "timeline", shown(site, clones.branches[0])["agent_id"])
    refused = muster("registrations", "allow", clones.old.fingerprint.hex(), "--reason", "x")

    assert "SHARED FROM" in ran.out
    assert shown(site, clones.old)["agent_id"] in ran.out
    assert "closed" in refused.err
