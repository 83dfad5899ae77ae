"""The server list through every process: told at a call-in, used from the next, failed over and back within it."""

import json
from pathlib import Path
from typing import Any

import pytest

from site_of_processes import LOOPBACK, Site

pytestmark = pytest.mark.services


def call_in(site: Site, home: Path) -> str:
    """Which handler took the call-in."""
    done = site.agent(home, "call-in")
    assert done.returncode == 0, done
    return done.stdout.split("handler=")[1].split()[0]


def server(site: Site, name: str, priority: int) -> dict[str, Any]:
    return {"name": name, "host": LOOPBACK, "port": site.agent_ports[name], "priority": priority}


def tell(site: Site, file: Path, kind: str, entries: list[dict[str, Any]]) -> None:
    file.write_text(json.dumps({kind: entries}))
    done = site.people("lists", kind, "set", str(file))
    assert done.returncode == 0, done.stderr


def test_agents_follow_the_list_fail_over_within_a_call_in_and_come_back(site: Site, tmp_path: Path) -> None:
    site.start()
    site.people("registrations", "policy", "set", "allow-all")
    home, file = tmp_path / "agent", tmp_path / "list.json"
    site.agent(home, "install", "--bootstrap", str(site.bootstrap), "--name", "pc-1")
    call_in(site, home)

    tell(site, file, "servers", [server(site, "site-b", 1), server(site, "site-a", 2)])
    tell(site, file, "repositories", [{"name": "hq", "kind": "server", "url": "https://hq.example/content"}])
    call_in(site, home)
    preferred = call_in(site, home)
    site.processes["site-b"].kill()
    down = call_in(site, home)
    site.start_frontend("site-b")
    again = call_in(site, home)
    tell(site, file, "servers", [server(site, "site-a", 1), server(site, "site-b", 2)])
    call_in(site, home)
    changed = call_in(site, home)

    assert (preferred, down, again, changed) == ("site-b", "site-a", "site-b", "site-a")
    told = json.loads(site.agent(home, "status", "-o", "json").stdout)
    assert [each["name"] for each in told["handlers"]] == ["site-a", "site-b"]
    assert [each["name"] for each in told["held"]["repositories"]] == ["hq"]
    assert "hq at https://hq.example/content" in site.agent(home, "status").stdout
    shown = site.people_json("agents", "show", "pc-1")
    assert told["held"]["manifest"] == [shown["held"]["epoch"], shown["held"]["position"]]


def test_a_restarted_worker_knows_what_is_held_and_neither_asks_nor_sends(site: Site, tmp_path: Path) -> None:
    site.start()
    site.people("registrations", "policy", "set", "allow-all")
    home = tmp_path / "agent"
    site.agent(home, "install", "--bootstrap", str(site.bootstrap), "--name", "pc-1")
    tell(site, tmp_path / "list.json", "servers", [server(site, "site-a", 1)])
    call_in(site, home)
    before = numbers(site)

    site.processes["worker-1"].kill()
    site.start_worker("worker-1")
    call_in(site, home)
    call_in(site, home)

    assert len(numbers(site)) - len(before) == 2


def numbers(site: Site) -> list[int]:
    return [each["number"] for each in site.people_json("agents", "call-ins", "pc-1")["items"]]
