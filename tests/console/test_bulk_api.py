"""The API decides about many: told first, confirmed by the count, one order each."""

import pytest

from tests.console.site import Site

PATH = "/registrations/decisions"
ALLOW = {"decision": "allow", "reason": "new lab"}


@pytest.fixture
def lab(site: Site) -> Site:
    for name in ("lab-1", "lab-2", "pc-1"):
        site.agent(name)
    return site


def test_without_a_count_it_tells_which_and_changes_nothing(lab: Site) -> None:
    told = lab.client("operator").post(PATH, params={"name": "lab-*"}, json=ALLOW).json()

    assert (told["count"], told["outcomes"]) == (2, {"would allow": 2})
    assert [row["name"] for row in told["items"]] == ["lab-1", "lab-2"]
    assert lab.room.events("Agent.Allowed") == []


def test_the_confirmed_count_is_carried_out_and_a_repeat_finds_that_it_moved(lab: Site) -> None:
    client = lab.client("operator")
    path, body, headers = f"{PATH}?name=lab-*", ALLOW | {"confirm": 2}, {"Idempotency-Key": "k"}

    done = client.post(path, headers=headers, json=body).json()
    again = client.post(path, headers=headers, json=body)

    assert done["outcomes"] == {"done": 2}
    assert (again.status_code, again.json()["code"], again.json()["count"]) == (409, "count_moved", 0)
    assert len(lab.room.events("Agent.Allowed")) == 2


def test_a_decision_about_many_needs_a_reason(lab: Site) -> None:
    answer = lab.client().post(PATH, json={"decision": "allow", "reason": " ", "confirm": 3})

    assert (answer.status_code, answer.json()["code"]) == (422, "reason_required")
    assert lab.room.events("Agent.Allowed") == []


def test_to_be_told_needs_no_reason_and_tells_why_others_cannot_be_decided_so(lab: Site) -> None:
    lab.client().post("/registrations/lab-1/allow", json={}, headers={"If-Match": "*"})

    told = lab.client().post(PATH, json={"decision": "revoke"}).json()

    assert (told["count"], told["others"]) == (1, {"still Pending, which is blocked instead": 2})
