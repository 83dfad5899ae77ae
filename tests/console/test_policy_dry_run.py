"""A dry run tells which recorded decisions a policy would have changed, and changes nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from console.exit_code import ExitCode
from domain.orders import SetRegistrationPolicy
from domain.registration_policy import Terms
from projections.reports import Reports
from projections.reports.shown import time_text
from projections.sqlite_database import SqliteReports
from store.keyring import Keyring
from store.mapper import EventMapper
from tests.console.conftest import Muster
from tests.console.site import Site
from worker_room import SpeakingAgent

LAB = {"name": "lab", "action": "allow", "host_name": "lab-*"}
POLICY: dict[str, Any] = {"otherwise": "pending", "rules": [LAB, {"name": "x", "action": "block", "os": "*"}]}


@pytest.fixture
def policy(tmp_path: Path) -> str:
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(POLICY))
    return str(path)


def _asks(site: Site, name: str, **claims: Any) -> SpeakingAgent:
    agent = SpeakingAgent(site.room, name)
    agent.say(agent.registration(**claims))
    site.project()
    return agent


def _run(site: Site, policy: dict[str, Any] = POLICY, **params: Any) -> dict[str, Any]:
    answer = site.client("viewer").post("/registration-policy/dry-run", json=policy, params=params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def _changes(document: dict[str, Any]) -> list[tuple[str, str, str | None, str, str | None]]:
    return [(each["name"], each["then"], each["then_by"], each["now"], each["now_by"]) for each in document["items"]]


def test_it_tells_what_would_have_differed_from_what_the_policy_said_then(site: Site) -> None:
    _asks(site, "lab-1")
    site.room.order(SetRegistrationPolicy("allow-all"))
    _asks(site, "lab-2")
    _asks(site, "pc-1")

    told = _run(site)

    assert _changes(told) == [
        ("lab-1", "pending", None, "allow", "rule:lab"),
        ("pc-1", "allow", "rule:allow-all", "block", "rule:x"),
    ]
    assert (told["requests"], told["same"], told["different"], told["total"]) == (3, 1, 2, 3)
    assert told["items"][0]["rested_on"] == ["host_name"]


def test_what_a_person_decided_later_is_no_decision_of_the_policy(site: Site) -> None:
    agent = _asks(site, "lab-1")
    agent.be_blocked()

    assert _changes(_run(site)) == [("lab-1", "pending", None, "allow", "rule:lab")]


def test_it_changes_nothing(site: Site) -> None:
    _asks(site, "lab-1")
    site.client("viewer").get("/whoami")
    head = site.room.log.head()

    _run(site)

    assert site.room.log.head() == head


def test_a_copied_resource_key_would_not_have_been_allowed_either(site: Site) -> None:
    _asks(site, "lab-1", resource_keys={"serial": "S1"})
    _asks(site, "lab-2", resource_keys={"serial": "S1"})

    assert [each["name"] for each in _run(site)["items"]] == ["lab-1"]
    assert [each["name"] for each in _run(site, POLICY | {"duplicates": "allow"})["items"]] == ["lab-1", "lab-2"]


def test_requests_whose_claims_were_erased_are_counted_as_unknown(site: Site) -> None:
    _asks(site, "lab-1")
    vault = site.room.records.mapper.keyring.vault
    without_keys = EventMapper(Keyring(vault, lambda _: None))
    reports = Reports(
        SqliteReports(site.room.directory / "reports.db"), site.room.log, without_keys, site.room.clock, wait_s=0.01
    )

    part = reports.policy_dry_run(Terms.read(POLICY))

    assert (part.requests, part.unknown, part.different) == (1, 1, [])


def test_only_requests_since_a_time_are_looked_at(site: Site) -> None:
    _asks(site, "lab-1")
    site.room.clock.forward(60_000)
    since = time_text(site.room.clock.now_ms)
    _asks(site, "lab-2")

    told = _run(site, since=since)

    assert [each["name"] for each in told["items"]] == ["lab-2"]
    assert told["requests"] == told["total"] == 1


def test_a_long_history_comes_in_parts(site: Site) -> None:
    for number in range(5):
        _asks(site, f"lab-{number}")

    names, cursor = [], None
    while True:
        part = _run(site, limit=2, **({"cursor": cursor} if cursor else {}))
        names += [each["name"] for each in part["items"]]
        assert part["requests"] <= 2
        if (cursor := part["next"]) is None:
            break

    assert names == [f"lab-{number}" for number in range(5)]


def test_a_policy_with_faults_is_not_run(site: Site) -> None:
    answer = site.client().post("/registration-policy/dry-run", json={"otherwise": "maybe"})

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_policy")


@pytest.mark.parametrize("since", ["yesterday", "2026-01-01T00:00:00"])
def test_a_time_without_a_zone_is_refused(site: Site, since: str) -> None:
    answer = site.client().post("/registration-policy/dry-run", json=POLICY, params={"since": since})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_the_command_prints_differences_and_counts(site: Site, muster: Muster, policy: str) -> None:
    _asks(site, "lab-1")
    _asks(site, "pc-1", os="")

    ran = muster("registrations", "policy", "dry-run", policy, "--limit", "1", role="viewer")

    lines = ran.out.splitlines()
    assert ran.code == ExitCode.OK
    assert lines[1].split()[0] == "lab-1"
    assert lines[-1].startswith("2 first requests: 2 would be decided otherwise, 0 alike; 0 unknown")
    assert "1 more differ" in ran.err


def test_the_command_speaks_json_and_csv(site: Site, muster: Muster, policy: str) -> None:
    _asks(site, "lab-1")

    document = json.loads(muster("registrations", "policy", "dry-run", policy, "-o", "json").out)
    table = muster("registrations", "policy", "dry-run", policy, "-o", "csv").out.splitlines()

    assert (document["different"], document["items"][0]["now"]) == (1, "allow")
    assert table[0].startswith("registration_id,name,")
    assert len(table) == 2


def test_a_bad_file_is_refused_before_anything_is_asked(muster: Muster, tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_text('{"otherwise": "pending",\n"rules": [{}]}')

    ran = muster("registrations", "policy", "dry-run", str(path))

    assert ran.code == ExitCode.REFUSED
    assert "line 2: rule 1, name" in ran.err


def test_a_time_that_is_none_is_told_with_an_example(muster: Muster, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text('{"otherwise": "pending"}')

    ran = muster("registrations", "policy", "dry-run", str(file), "--since", "yesterday")

    assert ran.code == ExitCode.USAGE
    assert "query.since: this is no time; write it with its zone, as 2026-01-31T08:00:00Z" in ran.err
