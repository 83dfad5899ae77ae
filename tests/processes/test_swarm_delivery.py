"""A swarm takes what the server assigns, through every process; the reports count it as they count real agents."""

import json
from pathlib import Path
from typing import Any

import pytest

from site_of_processes import LOOPBACK, Site, muster

pytestmark = pytest.mark.services
AGENTS = 50


def swarm(site: Site, home: Path) -> dict[str, Any]:
    """What a run of two seconds says, with the same agents as the run before."""
    place = ("--bootstrap", str(site.bootstrap), "--home", str(home))
    done = muster("swarm", *place, "--agents", str(AGENTS), "--rate", "50", "--duration", "2", "-o", "json")
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def ordered(site: Site, *said: str) -> None:
    done = site.people(*said)
    assert done.returncode == 0, done.stderr


def written(folder: Path, content: dict[str, Any]) -> str:
    path = folder / "content.json"
    path.write_text(json.dumps(content))
    return str(path)


def compliance(site: Site) -> dict[str, Any]:
    (row,) = site.people_json("policies", "compliance")["policies"]
    return {name: row[name] for name in ("version", "assigned", "delivered")}


def test_a_swarm_holds_what_it_is_assigned_takes_a_change_and_never_forks(site: Site, tmp_path: Path) -> None:
    home, settings = tmp_path / "swarm", {"path": "/etc/motd", "content": "hello\n"}
    site.start()
    ordered(site, "registrations", "policy", "set", "allow-all")
    servers = [{"name": "site-a", "host": LOOPBACK, "port": site.agent_ports["site-a"], "priority": 1}]
    ordered(site, "lists", "servers", "set", written(tmp_path, {"servers": servers}))
    ordered(site, "policies", "set", "file", "motd", written(tmp_path, settings))
    ordered(site, "policies", "assign", "file", "motd", "--group", "/")

    first, told = swarm(site, home), compliance(site)
    agents = site.people_json("policies", "compliance", "--state", "delivered")["items"]
    second = swarm(site, home)
    before = (home / "swarm.msgpack").read_bytes()
    ordered(site, "policies", "set", "file", "motd", written(tmp_path, settings | {"content": "bye\n"}))
    third, changed = swarm(site, home), compliance(site)
    (home / "swarm.msgpack").write_bytes(before)
    broken_off = swarm(site, home)

    assert told == {"version": 1, "assigned": AGENTS, "delivered": AGENTS}
    assert len(agents) == AGENTS
    assert changed == {"version": 2, "assigned": AGENTS, "delivered": AGENTS}
    assert compliance(site) == changed
    taken = [(each["delivery"]["manifests"], each["delivery"]["items"]) for each in (first, second, third)]
    assert taken == [(AGENTS, 2 * AGENTS), (0, 0), (AGENTS, AGENTS)]
    assert [each["troubles"] for each in (first, second, third, broken_off)] == [{}, {}, {}, {}]
    assert broken_off["delivery"]["holders"] == AGENTS
    assert len(site.people_json("registrations", "list", "--all")["items"]) == AGENTS
