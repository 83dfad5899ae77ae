"""Deciding about registrations and the policy: which versions are needed, what is refused, what a repeat does."""

import httpx
import pytest

from tests.console.site import Site

ANY = {"If-Match": "*"}


def _code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def _status(site: Site, ref: str = "pc-1") -> str:
    return str(site.client().get(f"/registrations/{ref}").json()["status"])


def test_the_list_that_follows_a_decision_shows_it(site: Site) -> None:
    agent = site.agent("pc-1")
    client = site.client("operator")
    etag = client.get("/registrations/pc-1").headers["ETag"]

    answer = client.post("/registrations/pc-1/allow", json={"reason": "known"}, headers={"If-Match": etag})

    assert answer.json()["outcome"] == "done"
    assert answer.json()["registration"]["status"] == "Allowed"
    listed = client.get("/registrations").json()
    assert [(row["registration_id"], row["status"]) for row in listed["items"]] == [
        (agent.fingerprint.hex(), "Allowed")
    ]
    assert listed["position"] >= answer.json()["position"]
    assert answer.headers["ETag"] == client.get("/registrations/pc-1").headers["ETag"]


def test_the_decision_carries_who_and_why(site: Site) -> None:
    site.agent("pc-1")

    site.client("operator").post("/registrations/pc-1/allow", json={"reason": "ordered"}, headers=ANY)

    row = site.client().get("/registrations/pc-1").json()
    assert (row["decided_by"], row["reason"]) == ("operator:operator", "ordered")


@pytest.mark.parametrize("verb", ["allow", "block", "revoke"])
def test_a_decision_without_a_version_is_refused(site: Site, verb: str) -> None:
    site.agent("pc-1")

    answer = site.client().post(f"/registrations/pc-1/{verb}", json={"reason": "x"})

    assert _code(answer) == (428, "if_match_required")
    assert _status(site) == "Pending"


@pytest.mark.parametrize("etag", ['"1"', "1"])
def test_a_decision_on_a_version_that_moved_changes_nothing(site: Site, etag: str) -> None:
    site.allowed_agent("pc-1")

    answer = site.client().post("/registrations/pc-1/revoke", json={"reason": "x"}, headers={"If-Match": etag})

    assert _code(answer) == (412, "version_moved")
    assert _status(site) == "Allowed"


@pytest.mark.parametrize("verb", ["allow", "merge"])
def test_who_comes_second_is_told_who_decided_what_and_why(site: Site, verb: str) -> None:
    site.allowed_agent("pc-2")
    site.agent("pc-1")
    seen = {"If-Match": site.client().get("/registrations/pc-1").headers["ETag"]}
    site.client("operator").post("/registrations/pc-1/block", json={"reason": "not ours"}, headers=seen)
    asked = {"reason": "x"} | ({"into": "pc-2"} if verb == "merge" else {})

    late = site.client().post(f"/registrations/pc-1/{verb}", json=asked, headers=seen)

    assert _code(late) == (412, "version_moved")
    detail = late.json()["detail"]
    assert "it is Blocked now, decided by operator:operator at 20" in detail
    assert "(not ours)" in detail
    assert late.json()["registration"]["status"] == _status(site) == "Blocked"
    assert late.headers["ETag"] == site.client().get("/registrations/pc-1").headers["ETag"]


@pytest.mark.parametrize("etag", ['W/"1"', '"one"', '"1", "2"', '"-1"', '"' + "9" * 30 + '"'])
def test_what_is_no_version_of_ours_matches_nothing(site: Site, etag: str) -> None:
    site.agent("pc-1")

    answer = site.client().post("/registrations/pc-1/allow", headers={"If-Match": etag})

    assert _code(answer) == (412, "version_moved")
    assert _status(site) == "Pending"


def test_blocking_an_allowed_machine_is_refused_until_it_is_revoked(site: Site) -> None:
    site.allowed_agent("pc-1")

    refused = site.client().post("/registrations/pc-1/block", headers=ANY)
    site.client().post("/registrations/pc-1/revoke", json={"reason": "x"}, headers=ANY)
    accepted = site.client().post("/registrations/pc-1/block", headers=ANY)

    assert _code(refused) == (409, "must_revoke_first")
    assert accepted.json()["registration"]["status"] == "Blocked"


def test_only_an_allowed_machine_can_be_revoked(site: Site) -> None:
    site.agent("pc-1")

    answer = site.client().post("/registrations/pc-1/revoke", json={"reason": "x"}, headers=ANY)

    assert _code(answer) == (409, "only_allowed_can_be_revoked")


@pytest.mark.parametrize("body", [None, {}, {"reason": ""}, {"reason": "  "}])
def test_revoking_needs_a_reason(site: Site, body: dict[str, str] | None) -> None:
    site.allowed_agent("pc-1")

    answer = site.client().post("/registrations/pc-1/revoke", json=body, headers=ANY)

    assert _code(answer) == (422, "reason_required")
    assert _status(site) == "Allowed"


def test_the_same_decision_again_says_that_nothing_changed(site: Site) -> None:
    site.agent("pc-1")
    client = site.client()
    first = client.post("/registrations/pc-1/allow", headers=ANY)

    again = client.post("/registrations/pc-1/allow", headers={"If-Match": first.headers["ETag"]})

    assert again.json()["outcome"] == "unchanged"
    assert again.headers["ETag"] == first.headers["ETag"]


def test_nobody_can_be_decided_about_who_is_unknown(site: Site) -> None:
    for ref in ("nobody", "ab" * 32, "9f3c1b1e-5f0a-4f7e-9d25-0f6e7f1c2a3b"):
        answer = site.client().post(f"/registrations/{ref}/allow", headers=ANY)

        assert _code(answer) == (404, "not_found")


def test_a_name_that_two_machines_claim_decides_nothing_and_names_both(site: Site) -> None:
    both = {site.agent("pc-1").fingerprint.hex(), site.agent("pc-1").fingerprint.hex()}

    answer = site.client().post("/registrations/pc-1/allow", headers=ANY)

    assert _code(answer) == (409, "ambiguous")
    assert set(answer.json()["candidates"]) == both


def test_the_policy_is_replaced_on_the_version_that_was_seen(site: Site) -> None:
    client = site.client()
    seen = client.get("/registration-policy")

    without = client.put("/registration-policy", json={"otherwise": "allow-all"})
    put = client.put(
        "/registration-policy", json={"otherwise": "allow-all"}, headers={"If-Match": seen.headers["ETag"]}
    )
    late = client.put("/registration-policy", json={"otherwise": "pending"}, headers={"If-Match": seen.headers["ETag"]})

    assert seen.json()["otherwise"] == "pending"
    assert _code(without) == (428, "if_match_required")
    assert put.json()["policy"]["otherwise"] == "allow-all"
    assert put.headers["ETag"] == client.get("/registration-policy").headers["ETag"]
    assert _code(late) == (412, "version_moved")
    assert _status(site, site.agent("new").fingerprint.hex()) == "Allowed"


def test_a_policy_nobody_knows_is_refused(site: Site) -> None:
    answer = site.client().put("/registration-policy", json={"otherwise": "maybe"}, headers=ANY)

    assert _code(answer) == (422, "bad_policy")


def test_a_decision_that_the_reports_do_not_show_yet_is_done_and_says_stale(site: Site) -> None:
    site.agent("pc-1")
    site.client().get("/whoami")
    site.is_projecting = False

    answer = site.client().post("/registrations/pc-1/allow", headers=ANY)

    assert answer.status_code == 200
    assert (answer.json()["outcome"], answer.json()["stale"]) == ("done", True)
    assert answer.json()["registration"]["status"] == "Pending"
    assert site.client().get("/registrations").json()["stale"] is True
