"""A copied disk, as two machines and their operators live through it: TLS, RabbitMQ, PostgreSQL, a killed worker."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from site_of_processes import Site, wait_for

pytestmark = pytest.mark.services


def call_in(site: Site, home: Path, properties: Path, place: str) -> tuple[int, dict[str, Any]]:
    """One call-in of a machine that stands in this place; exit code and what it printed."""
    properties.write_text(json.dumps({"place": place}))
    done = site.agent(home, "call-in", "-o", "json")
    document: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, document


def test_a_copied_disk_becomes_two_entries_and_the_old_one_is_closed(site: Site, tmp_path: Path) -> None:
    site.start()
    site.people("registrations", "policy", "set", "allow-all")
    machine, copy, properties = tmp_path / "machine", tmp_path / "copy", tmp_path / "properties.json"
    properties.write_text("{}")
    options = ["--name", "pc-1", "--properties", str(properties)]
    assert site.agent(machine, "install", "--bootstrap", str(site.bootstrap), *options).returncode == 0
    code, before = call_in(site, machine, properties, "rack 1")
    assert code == 0
    shutil.copytree(machine, copy)

    assert call_in(site, copy, properties, "rack 2")[0] == 0
    noticed = call_in(site, machine, properties, "rack 1, still")
    site.processes["worker-1"].kill()
    site.start_worker("worker-2")
    learned = call_in(site, copy, properties, "rack 2, still")

    for code, said in (noticed, learned):
        assert (code, said["outcome"]) == (5, "pending"), said
    old = site.people_json("registrations", "show", before["agent_id"])
    assert (old["status"], old["actions"], old["refused_reason"]) == ("Forked", [], "fork")
    assert {each["agent_id"] for each in old["forks"]} == {said["agent_id"] for _, said in (noticed, learned)}
    assert [each["status"] for each in old["forks"]] == ["Pending"] * 2

    refused = site.people("registrations", "allow", before["agent_id"], "--reason", "it was allowed")
    for each in old["forks"]:
        assert site.people("registrations", "allow", each["registration_id"], "--reason", "found").returncode == 0
    after = [call_in(site, machine, properties, "rack 1"), call_in(site, copy, properties, "rack 2")]

    assert (refused.returncode, "came out of it" in refused.stderr) == (4, True), refused.stderr
    assert [(code, said["outcome"]) for code, said in after] == [(0, "accepted")] * 2
    ids = [said["agent_id"] for _, said in after]
    wait_for(lambda: _places(site, ids) == ["rack 1", "rack 2"])
    timeline = site.people_json("agents", "timeline", ids[0], "--limit", "1000")["items"]
    shared = [each["topic"] for each in timeline if each["shared_from"] == before["agent_id"]]
    assert shared[-1] == "Agent.Forked"
    assert site.people_json("registrations", "list", "--counts") == {
        "Pending": 0,
        "Allowed": 2,
        "Blocked": 0,
        "Revoked": 0,
        "Forked": 1,
    }


def _places(site: Site, ids: list[str]) -> list[str | None]:
    return [site.people_json("agents", "show", each)["properties"].get("place") for each in ids]
