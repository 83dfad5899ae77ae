"""Duplicates as people see them: marked, filtered, with evidence; merged into one entry and split again."""

from typing import Any

import pytest

from tests.console.conftest import Muster
from tests.console.site import Site
from worker_room import SpeakingAgent

KEYS = {"serial": "SN-1", "mac": "00:00:00:00:00:00"}


@pytest.fixture
def pair(site: Site) -> tuple[SpeakingAgent, SpeakingAgent]:
    """A machine that was let in and called in once, and one of the same keys that asked an hour later."""
    old, new = SpeakingAgent(site.room, "pc-1"), SpeakingAgent(site.room, "pc-1")
    old.say(old.registration(resource_keys=KEYS))
    old.be_allowed()
    old.say(old.full_properties(1, {"disk": "old"}, bytes(16)))
    site.room.clock.forward(3_600_000)
    new.say(new.registration(resource_keys=KEYS, user="olga"))
    site.project()
    return old, new


def shown(site: Site, agent: SpeakingAgent) -> dict[str, Any]:
    document: dict[str, Any] = site.client().get(f"/registrations/{agent.fingerprint.hex()}").json()
    return document


def listed(site: Site, what: str = "registrations", **wanted: str) -> list[str]:
    items = site.client().get(f"/{what}", params=wanted).json()["items"]
    return [item["registration_id"] for item in items]


def decide(site: Site, verb: str, one: SpeakingAgent, **body: str) -> tuple[int, dict[str, Any]]:
    answer = site.client().post(
        f"/registrations/{one.fingerprint.hex()}/{verb}", json={"reason": "test"} | body, headers={"If-Match": "*"}
    )
    return answer.status_code, answer.json()


def test_a_reinstalled_machine_shows_as_duplicate_of_the_silent_one(
    site: Site, pair: tuple[SpeakingAgent, SpeakingAgent]
) -> None:
    old, new = pair

    row = shown(site, new)

    assert row["duplicate_of"] == [old.fingerprint.hex()]
    assert row["ignored_keys"] == ["mac"]
    assert row["actions"] == ["allow", "block", "merge"]
    [older] = row["duplicates"]
    assert (older["evidence"], older["name"], older["status"]) == ("reinstalled", "pc-1", "Allowed")
    assert shown(site, old)["duplicates"] == []


def test_an_older_key_that_still_calls_in_is_another_machine(
    site: Site, pair: tuple[SpeakingAgent, SpeakingAgent]
) -> None:
    old, new = pair
    site.room.clock.forward(1_000)
    old.say(old.call_in(2))
    site.project()

    assert shown(site, new)["duplicates"][0]["evidence"] == "another_machine"


def test_duplicates_can_be_listed_alone(site: Site, pair: tuple[SpeakingAgent, SpeakingAgent]) -> None:
    old, new = pair

    assert listed(site, duplicate="true") == [new.fingerprint.hex()]
    assert listed(site, duplicate="false") == [old.fingerprint.hex()]
    assert set(listed(site)) == {old.fingerprint.hex(), new.fingerprint.hex()}


def test_both_allowed_are_one_entry_with_the_history_of_both(
    site: Site, pair: tuple[SpeakingAgent, SpeakingAgent]
) -> None:
    old, new = pair
    agent_id = shown(site, old)["agent_id"]

    status, document = decide(site, "allow", new)
    new.say(new.full_properties(1, {"disk": "new"}, bytes(16)))
    site.project()

    assert (status, document["outcome"]) == (200, "done")
    row = document["registration"]
    assert (row["agent_id"], row["merged_into"], row["actions"][-1]) == (agent_id, old.fingerprint.hex(), "split")
    assert listed(site) == [old.fingerprint.hex()]
    assert listed(site, merged="true") == [new.fingerprint.hex()]
    assert site.client().get("/registrations/counts").json()["Allowed"] == 1
    [agent] = site.client().get("/agents").json()["items"]
    assert (agent["agent_id"], agent["user"], agent["call_ins"]) == (agent_id, "olga", 2)
    assert site.client().get("/agents/pc-1").json()["properties"] == {"disk": "new"}
    timeline = site.client().get("/agents/pc-1/timeline").json()["items"]
    assert [each["topic"] for each in timeline] == [
        *("Registration.Requested", "Agent.Introduced", "Agent.Allowed", "Diary.PropertiesReported"),
        *("Registration.Requested", "Agent.Introduced", "Agent.Allowed", "Agent.MergedInto", "Agent.KeyJoined"),
        "Diary.PropertiesReported",
    ]
    calls = site.client().get("/agents/pc-1/call-ins").json()["items"]
    assert [each["registration_id"] for each in calls] == [new.fingerprint.hex(), old.fingerprint.hex()]


def test_a_split_makes_both_whole_again(site: Site, pair: tuple[SpeakingAgent, SpeakingAgent]) -> None:
    old, new = pair
    ids = [shown(site, each)["agent_id"] for each in pair]
    decide(site, "merge", new, into=old.fingerprint.hex())

    status, document = decide(site, "split", new)

    assert (status, document["registration"]["status"], document["registration"]["merged_into"]) == (
        200,
        "Pending",
        None,
    )
    assert [shown(site, each)["agent_id"] for each in pair] == ids
    agents = {item["agent_id"]: item for item in site.client().get("/agents").json()["items"]}
    assert [(agents[each]["user"], agents[each]["status"]) for each in ids] == [
        ("root", "Allowed"),
        ("olga", "Pending"),
    ]
    assert [agents[each]["call_ins"] for each in ids] == [1, 0]


def test_the_id_of_a_merged_agent_still_finds_its_machine(
    site: Site, pair: tuple[SpeakingAgent, SpeakingAgent]
) -> None:
    old, new = pair
    merged_id = shown(site, new)["agent_id"]
    decide(site, "merge", new, into=old.fingerprint.hex())

    assert site.client().get(f"/agents/{merged_id}").json()["agent_id"] == shown(site, old)["agent_id"]
    assert site.client().get("/registrations/pc-1").json()["registration_id"] == old.fingerprint.hex()


def test_a_machine_of_two_names_is_found_by_both(site: Site) -> None:
    first, second = SpeakingAgent(site.room, "dup-a"), SpeakingAgent(site.room, "dup-b")
    for each in (first, second):
        each.say(each.registration(resource_keys=KEYS))
    site.project()
    agent_id = shown(site, first)["agent_id"]
    decide(site, "allow", first)
    decide(site, "allow", second)

    client = site.client()

    assert client.get(f"/agents/{agent_id}").json()["name"] == "dup-b"
    assert [client.get(f"/agents/{name}").json()["agent_id"] for name in ("dup-a", "dup-b")] == [agent_id] * 2
    for what in ("timeline", "policy", "call-ins"):
        answers = [client.get(f"/agents/{name}/{what}") for name in ("DUP-A", "dup-b")]
        assert [each.status_code for each in answers] == [200, 200]
        assert answers[0].json() == answers[1].json()


def test_an_entry_lists_what_was_merged_into_it_until_it_is_split(
    site: Site, pair: tuple[SpeakingAgent, SpeakingAgent]
) -> None:
    old, new = pair
    before, home = shown(site, old), shown(site, new)["agent_id"]
    decide(site, "merge", new, into=old.fingerprint.hex())

    merged, itself = shown(site, old), shown(site, new)
    decide(site, "split", new)

    assert [(each["registration_id"], each["name"], each["home_agent_id"]) for each in merged["merged_entries"]] == [
        (new.fingerprint.hex(), "pc-1", home)
    ]
    assert before["merged_entries"] == itself["merged_entries"] == shown(site, old)["merged_entries"] == []


def test_a_revocation_shows_on_every_registration_of_the_machine(
    site: Site, pair: tuple[SpeakingAgent, SpeakingAgent]
) -> None:
    old, new = pair
    decide(site, "merge", new, into=old.fingerprint.hex())

    decide(site, "revoke", new)

    assert [shown(site, each)["status"] for each in pair] == ["Revoked", "Revoked"]


def test_what_cannot_be_merged_or_split_is_refused_with_its_reason(
    site: Site, pair: tuple[SpeakingAgent, SpeakingAgent]
) -> None:
    old, new = pair

    refused = [
        decide(site, "split", new),
        decide(site, "merge", old, into=new.fingerprint.hex()),
        decide(site, "merge", new, into=old.fingerprint.hex(), reason=""),
        decide(site, "merge", new, into="nobody"),
    ]

    assert [(status, problem["code"]) for status, problem in refused] == [
        (409, "not_merged"),
        (409, "cannot_merge"),
        (422, "reason_required"),
        (404, "not_found"),
    ]


def test_duplicates_are_counted_and_narrowed_like_every_other_field(
    site: Site, pair: tuple[SpeakingAgent, SpeakingAgent]
) -> None:
    old, new = pair
    client = site.client()

    assert client.get("/registrations/counts", params={"duplicate": "true"}).json()["Pending"] == 1
    assert listed(site, duplicate="true", resource_key="sn-1", status="pending") == [new.fingerprint.hex()]
    assert listed(site, duplicate="true", domain="elsewhere") == []

    decide(site, "merge", new, into=old.fingerprint.hex())
    assert client.get("/registrations/counts").json()["Allowed"] == 1
    assert client.get("/registrations/counts", params={"merged": "true"}).json()["Allowed"] == 1


def test_a_blocked_duplicate_that_is_silent_leaves_the_list_and_still_shows_its_evidence(
    site: Site, pair: tuple[SpeakingAgent, SpeakingAgent]
) -> None:
    old, new = pair
    decide(site, "block", new)
    site.room.clock.forward(91 * 86_400_000)

    assert listed(site) == [old.fingerprint.hex()]
    assert listed(site, left="true", duplicate="true") == [new.fingerprint.hex()]
    row = shown(site, new)
    assert (row["left_the_list"], row["duplicates"][0]["evidence"]) == (True, "reinstalled")


def test_a_machine_revoked_while_it_was_merged_never_leaves_the_list(
    site: Site, pair: tuple[SpeakingAgent, SpeakingAgent]
) -> None:
    old, new = pair
    decide(site, "merge", new, into=old.fingerprint.hex())
    decide(site, "revoke", new)
    decide(site, "split", new)
    decide(site, "block", new)

    site.room.clock.forward(91 * 86_400_000)

    assert (shown(site, new)["status"], shown(site, new)["left_the_list"]) == ("Blocked", False)


def test_the_command_line_merges_and_splits(
    site: Site, muster: Muster, pair: tuple[SpeakingAgent, SpeakingAgent]
) -> None:
    ids = [each.fingerprint.hex() for each in pair]

    merged = muster("registrations", "merge", ids[1], "--into", ids[0], "--reason", "reinstalled", role="operator")
    twice = muster("registrations", "merge", ids[1], "--into", ids[0], "--reason", "reinstalled", role="operator")
    listed_now = muster("registrations", "list", "--merged", "-o", "json")
    divided = muster("registrations", "split", ids[1], "--reason", "no", role="operator")
    again = muster("registrations", "split", ids[1], "--reason", "no", role="operator")

    assert (merged.code, merged.out) == (0, "pc-1 is one with the other.\n")
    assert (twice.code, twice.out) == (0, "Nothing changed: they are one entry already.\n")
    assert ids[1] in listed_now.out
    assert (divided.code, divided.out) == (0, "pc-1 is an entry of its own again.\n")
    assert again.code != 0
    assert "was not merged" in again.err
    assert ids[1] in muster("registrations", "list", "--duplicate", "-o", "json").out


def test_a_merged_entry_is_found_by_the_agent_id_it_had(
    site: Site, muster: Muster, pair: tuple[SpeakingAgent, SpeakingAgent]
) -> None:
    old, new = pair
    before = shown(site, new)["agent_id"]
    decide(site, "merge", new, into=old.fingerprint.hex())

    split = muster("registrations", "split", before, "--reason", "no", role="operator")

    assert shown(site, new)["agent_id"] == before
    assert split.code == 0


def test_the_table_notes_what_is_a_duplicate(muster: Muster, pair: tuple[SpeakingAgent, SpeakingAgent]) -> None:
    _, new = pair

    assert "duplicate" in muster("registrations", "list", "--where", f"fingerprint={new.fingerprint.hex()}").out


def test_allowing_a_duplicate_tells_what_it_merged(muster: Muster, pair: tuple[SpeakingAgent, SpeakingAgent]) -> None:
    old, new = pair

    allowed = muster("registrations", "allow", new.fingerprint.hex(), "--merge")

    assert f"one entry with pc-1 ({old.fingerprint.hex()[:16]})" in allowed.out
