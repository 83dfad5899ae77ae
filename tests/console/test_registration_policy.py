"""The registration policy through API and command line: files, faults with their lines, what is fed back."""

import json
from pathlib import Path

import pytest

from console.exit_code import ExitCode
from tests.console.conftest import Muster
from tests.console.site import Site

GOOD = {"otherwise": "block-all", "rules": [{"name": "pcs", "action": "allow", "host_name": ["pc-*"]}]}
BAD = """{
  "otherwise": "maybe",
  "rules": [
    {"name": "a", "action": "allow", "os": "*"},
    {
      "name": "b",
      "action": "permit",
      "address": ["10.0.0.0/8",
                  "10.0.0.9/8"],
      "colour": "red"
    }
  ]
}
"""


def _file(directory: Path, content: str) -> str:
    path = directory / "policy.json"
    path.write_text(content)
    return str(path)


def test_a_policy_from_a_file_decides_the_next_request(site: Site, muster: Muster, tmp_path: Path) -> None:
    ran = muster("registrations", "policy", "set", _file(tmp_path, json.dumps(GOOD)))

    assert (ran.code, ran.out) == (ExitCode.OK, "The policy is now 1 rule, otherwise block-all.\n")
    site.agent("pc-1")
    site.agent("srv-1")
    rows = {row["name"]: row for row in site.client().get("/registrations").json()["items"]}
    assert {name: row["status"] for name, row in rows.items()} == {"pc-1": "Allowed", "srv-1": "Blocked"}
    assert rows["pc-1"]["decided_by"] == "rule:pcs"
    timeline = site.client().get("/agents/pc-1/timeline").json()["items"]
    facts = [entry["facts"] for entry in timeline if entry["topic"] == "Agent.Allowed"]
    assert facts[0]["rule"] == "pcs"
    assert facts[0]["rested_on"] == ["host_name"]


def test_what_show_prints_can_be_fed_back(muster: Muster, tmp_path: Path) -> None:
    muster("registrations", "policy", "set", _file(tmp_path, json.dumps(GOOD)))
    shown = muster("registrations", "policy", "show", "-o", "json").out

    ran = muster("registrations", "policy", "set", _file(tmp_path, shown))

    assert ran.out == "Nothing changed: the policy is 1 rule, otherwise block-all.\n"
    assert json.loads(shown)["duplicates"] == "pending"


def test_a_bad_file_is_refused_with_line_and_field_and_nothing_changes(
    site: Site, muster: Muster, tmp_path: Path
) -> None:
    before = site.room.log.head()

    ran = muster("registrations", "policy", "set", _file(tmp_path, BAD))

    assert ran.code == ExitCode.REFUSED
    told = [line.split(": ")[:2] for line in ran.err.splitlines()[1:]]
    assert told == [
        ["  line 2", "otherwise"],
        ["  line 7", "rule 2, action"],
        ["  line 8", "rule 2, address"],
        ["  line 10", "rule 2, colour"],
    ]
    assert "RegistrationPolicy.Replaced" not in site.room.topics()
    assert site.room.log.head() == before


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{\n"otherwise": "pending",\n}', "line 3"),
        ("[]", "line 1: is an object"),
        ('{"otherwise": "pending",\n "rules": {}}', "line 2: rules"),
        ('{"otherwise": "pending",\n "rules": [],\n "rules": []}', "line 3: rules: stands twice"),
        ('{"otherwise": "pending",\n "rules": [\n7]}', "line 3: rule 1, a rule is an object"),
        ('{"rules": [{"name": "a", "action": "allow", "os": "a",\n"os": "b"}]}', "line 2: rule 1, os: stands twice"),
        ("[" * 30_000, "nested too deeply"),
        ("", "line 1"),
        ('{"otherwise": NaN}', "otherwise"),
    ],
)
def test_a_file_that_is_no_policy_says_where(muster: Muster, tmp_path: Path, content: str, told: str) -> None:
    ran = muster("registrations", "policy", "set", _file(tmp_path, content))

    assert ran.code == ExitCode.REFUSED
    assert told in ran.err


def test_a_policy_larger_than_a_request_is_refused_before_it_is_sent(muster: Muster, tmp_path: Path) -> None:
    ran = muster("registrations", "policy", "set", _file(tmp_path, " " * 70_000))

    assert ran.code == ExitCode.REFUSED


def test_the_api_names_every_fault(site: Site) -> None:
    answer = site.client().put("/registration-policy", json=json.loads(BAD), headers={"If-Match": "*"})

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_policy")
    assert [(fault["rule"], fault["field"]) for fault in answer.json()["faults"]] == [
        (None, "otherwise"),
        (1, "colour"),
        (1, "action"),
        (1, "address"),
    ]
    assert "RegistrationPolicy.Replaced" not in site.room.topics()


def test_a_policy_is_set_on_the_version_that_was_seen(site: Site) -> None:
    client = site.client()
    tag = client.get("/registration-policy").headers["ETag"]

    first = client.put("/registration-policy", json=GOOD, headers={"If-Match": tag})
    second = client.put("/registration-policy", json={"otherwise": "pending"}, headers={"If-Match": tag})

    assert first.json()["policy"]["rules"] == GOOD["rules"]
    assert (second.status_code, second.json()["code"]) == (412, "version_moved")
