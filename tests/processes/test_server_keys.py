"""Generations of the server key under living agents: rotation, return to an older one, certificates made elsewhere."""

import json
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from agents.home import Home
from agents.wiring import load
from server_key_rotation import new_generation, rotate_at_once
from site_of_processes import MUSTER, Site, bare_environment, wait_for
from wire.packages import MAX_CERTIFICATES

pytestmark = pytest.mark.services


def relying(site: Site) -> dict[int, int]:
    """Agents that rely on each generation."""
    return {each["version"]: each["agents"] for each in site.people_json("keys", "list")["items"]}


def test_agents_follow_the_server_key_forth_and_back(site: Site, tmp_path: Path) -> None:
    site.start()
    site.people("registrations", "policy", "set", "allow-all")
    homes = {name: tmp_path / name for name in ("pc-1", "pc-2")}
    for name, home in homes.items():
        site.agent(home, "install", "--bootstrap", str(site.bootstrap), "--name", name)
        assert site.agent(home, "call-in").returncode == 0

    new_generation(site, tmp_path, 2)
    forth = [site.agent(homes["pc-1"], "call-in").returncode for _ in range(2)]
    counted = relying(site)
    refused = site.people("keys", "retire", "1")
    back = [site.people("keys", "activate", "1").returncode]
    back += [site.agent(home, "call-in").returncode for home in homes.values()]

    assert forth == [0, 0]
    assert counted == {1: 1, 2: 1}
    assert (refused.returncode, "rely" in refused.stderr or "hold no newer" in refused.stderr) == (4, True), refused
    assert back == [0, 0, 0], "a server on the older generation serves who holds both, and who holds only the older"
    assert relying(site) == {1: 1, 2: 1}


def test_keys_change_under_a_calling_fleet_and_nobody_notices(site: Site, tmp_path: Path) -> None:
    site.start()
    site.people("registrations", "policy", "set", "allow-all")
    acknowledged = tmp_path / "acknowledged"
    calling = _swarm(site, tmp_path, "--duration", "16", "--acknowledged", str(acknowledged))
    wait_for(partial(_more_than, acknowledged, 150))
    rotate_at_once(site, 2)
    for version in ("1", "2"):
        assert site.people("keys", "activate", version).returncode == 0
    during = _result(calling)
    after = _result(_swarm(site, tmp_path, "--duration", "3"))

    assert (during["call_ins"]["unanswered"], during["troubles"]) == (0, {})
    assert (after["call_ins"]["unanswered"], after["troubles"]) == (0, {})
    assert relying(site) == {1: 0, 2: 50}
    assert site.people("keys", "retire", "1").returncode == 0


def _swarm(site: Site, directory: Path, *options: str) -> subprocess.Popen[bytes]:
    """Fifty agents, the same in each run, that call in at sixty a second."""
    load = ["--agents", "50", "--rate", "60", "--seed", "6", "--home", str(directory / "swarm"), *options]
    return subprocess.Popen(
        [*MUSTER, "swarm", "--bootstrap", str(site.bootstrap), *load, "-o", "json"],
        env=bare_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    )


def _result(swarm: subprocess.Popen[bytes]) -> dict[str, Any]:
    """What it saw, once it has come to its end."""
    out, err = swarm.communicate(timeout=180)
    assert swarm.returncode == 0, err.decode()[-2000:]
    result: dict[str, Any] = json.loads(out)
    return result


def test_an_agent_many_generations_behind_has_them_all_after_one_call_in(site: Site, tmp_path: Path) -> None:
    site.start()
    site.people("registrations", "policy", "set", "allow-all")
    home, count = tmp_path / "pc-1", MAX_CERTIFICATES + 2
    site.agent(home, "install", "--bootstrap", str(site.bootstrap), "--name", "pc-1")
    assert site.agent(home, "call-in").returncode == 0
    for version in range(2, count + 1):
        rotate_at_once(site, version)

    done = site.agent(home, "call-in", "-o", "json")

    assert (done.returncode, json.loads(done.stdout)["outcome"]) == (0, "accepted"), done
    assert load(Home(home)).member.trust.newest_version == count
    numbers = [each["number"] for each in site.people_json("agents", "call-ins", "pc-1")["items"]]
    assert sorted(numbers) == [1, 2]


def _more_than(path: Path, count: int) -> bool:
    return path.exists() and path.read_bytes().count(b"\n") > count
