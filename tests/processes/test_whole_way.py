"""From an installed agent to a report a person reads, through every process."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from site_of_processes import Site

pytestmark = pytest.mark.services

PROPERTIES: dict[str, Any] = {
    "os": {"name": "Debian", "version": "12.11"},
    "disks": [{"mount": "/", "free": 0.25}, {"mount": "/srv", "free": None}],
    "ünïcode": "=1+1",
    "ram": 2**40,
}


def test_an_agent_registers_is_allowed_calls_in_and_is_reported(site: Site, tmp_path: Path) -> None:
    site.start()
    (tmp_path / "properties.json").write_text(json.dumps(PROPERTIES))
    home = tmp_path / "agent"
    install = ["install", "--bootstrap", str(site.bootstrap), "--name", "pc-1"]
    installed = site.agent(home, *install, "--properties", str(tmp_path / "properties.json"))
    assert installed.returncode == 0, installed.stderr

    asked = site.agent(home, "call-in", "-o", "json")
    (row,) = site.people_json("registrations", "list")["items"]
    allowed = site.people("registrations", "allow", row["registration_id"], "--reason", "ours")
    accepted = site.agent(home, "call-in", "-o", "json")
    idle = site.agent(home, "call-in", "-o", "json")

    assert (asked.returncode, json.loads(asked.stdout)["outcome"]) == (5, "pending")
    assert (row["name"], row["status"]) == ("pc-1", "Pending")
    assert allowed.returncode == 0, allowed.stderr
    assert (accepted.returncode, json.loads(accepted.stdout)["outcome"]) == (0, "accepted"), accepted
    assert json.loads(idle.stdout)["agent_id"] == row["agent_id"]
    shown = site.people_json("agents", "show", "pc-1")
    assert shown["properties"] == PROPERTIES
    assert shown["last_call_in"] is not None
    kinds = [each["topic"] for each in site.people_json("agents", "timeline", "pc-1")["items"]]
    assert kinds[0] == "Registration.Requested"
    assert kinds[-1] == "Diary.CalledIn"


def test_the_first_handler_that_can_be_reached_is_used(site: Site, tmp_path: Path) -> None:
    site.start()
    home = tmp_path / "agent"
    site.agent(home, "install", "--bootstrap", str(site.bootstrap), "--name", "pc-1")

    site.processes["site-a"].kill()
    by_b = site.agent(home, "call-in", "-o", "json")
    site.processes["site-b"].kill()
    nobody = site.agent(home, "call-in", "-o", "json")

    assert by_b.returncode == 5
    assert (nobody.returncode, json.loads(nobody.stdout)["outcome"]) == (6, "unreachable")


def test_a_stopped_worker_commits_nothing_of_an_agent_a_standby_revoked(site: Site, tmp_path: Path) -> None:
    import signal

    site.start()
    home = tmp_path / "agent"
    site.agent(home, "install", "--bootstrap", str(site.bootstrap), "--name", "pc-1")
    site.agent(home, "call-in")
    site.people("registrations", "allow", "pc-1", "--reason", "ours")
    assert site.agent(home, "call-in").returncode == 0

    stopped = site.processes["worker-1"]
    stopped.send(signal.SIGSTOP)
    site.start_worker("worker-2")
    revoked = _until_ok(lambda: site.people("registrations", "revoke", "pc-1", "--reason", "stolen"))
    before = len(site.people_json("agents", "call-ins", "pc-1")["items"])
    stopped.send(signal.SIGCONT)
    outcomes = [json.loads(site.agent(home, "call-in", "-o", "json").stdout) for _ in range(3)]

    assert revoked.returncode == 0, revoked.stderr
    assert {each["outcome"] for each in outcomes} <= {"refused"}, outcomes
    assert len(site.people_json("agents", "call-ins", "pc-1")["items"]) == before


def _until_ok(ask: Any) -> Any:
    deadline = time.monotonic() + 60
    while (done := ask()).returncode != 0 and time.monotonic() < deadline:
        time.sleep(0.5)
    return done
