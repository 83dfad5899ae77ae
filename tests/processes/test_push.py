"""Push mode through every process: policies that arrive at once, wake-ups, and agents that come back."""

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from open_connection import OpenConnection, site_agent
from running_agent import RunningAgent
from site_of_processes import MUSTER, Site, bare_environment, muster, wait_for
from wire.agent_session import Told
from wire.types import ServerType

pytestmark = pytest.mark.services

HOUR_S = 3600
FLEET = 1_000


@pytest.fixture
def pushing(site: Site, tmp_path: Path) -> Site:
    """A policy lets every agent hold its connection and call in by itself once an hour."""
    site.start()
    done(site, "registrations", "policy", "set", "allow-all")
    write(site, tmp_path, {"mode": "push", "interval_s": HOUR_S})
    done(site, "policies", "assign", "agent", "held", "--group", "/")
    return site


def done(site: Site, *arguments: str) -> None:
    ran = site.people(*arguments)
    assert ran.returncode == 0, ran.stderr


def write(site: Site, folder: Path, settings: dict[str, Any]) -> None:
    file = folder / "agent-policy.json"
    file.write_text(json.dumps(settings))
    done(site, "policies", "set", "agent", "held", str(file))


def installed(site: Site, home: Path) -> Path:
    ran = site.agent(home, "install", "--bootstrap", str(site.bootstrap), "--name", home.name)
    assert ran.returncode == 0, ran.stderr
    return home


def shown(site: Site, name: str) -> dict[str, Any]:
    ran = site.people("agents", "show", name, "-o", "json")
    found: dict[str, Any] = json.loads(ran.stdout) if ran.returncode == 0 else {}
    return found


def whys(site: Site, name: str) -> list[str]:
    return [each["why"] for each in site.people_json("agents", "call-ins", name)["items"] if each["why"]]


def test_a_changed_policy_reaches_an_agent_that_holds_its_connection_at_once(pushing: Site, tmp_path: Path) -> None:
    with RunningAgent(installed(pushing, tmp_path / "pc-1")):
        wait_for(lambda: shown(pushing, "pc-1").get("mode") == "push")

        write(pushing, tmp_path, {"mode": "push", "interval_s": 1800})
        wait_for(lambda: shown(pushing, "pc-1")["interval_s"] == 1800)
        before = whys(pushing, "pc-1")
        done(pushing, "agents", "wake", "pc-1", "--reason", "ticket 4711")
        wait_for(lambda: len(whys(pushing, "pc-1")) > len(before))
        after = whys(pushing, "pc-1")

    assert "wake-up" in before
    assert after[0] == "wake-up"
    timeline = pushing.people_json("agents", "timeline", "pc-1", "--all")["items"]
    (ordered,) = [each for each in timeline if each["topic"] == "WakeUp.Ordered"]
    assert ordered["facts"]["told"] is True
    assert ordered["facts"]["handlers"] == [shown(pushing, "pc-1")["last_handler"]]
    assert any(each["topic"] == "Diary.CalledIn" for each in timeline if each["position"] > ordered["position"])
    assert shown(pushing, "pc-1")["liveness"] == "on time"


def test_an_agent_whose_frontend_is_killed_comes_back_by_another(pushing: Site, tmp_path: Path) -> None:
    with RunningAgent(installed(pushing, tmp_path / "pc-1")):
        wait_for(lambda: shown(pushing, "pc-1").get("mode") == "push")
        used = shown(pushing, "pc-1")["last_handler"]
        pushing.processes[used[-len("site-a") :]].kill()
        wait_for(lambda: "reconnect" in whys(pushing, "pc-1"))
        back = shown(pushing, "pc-1")
        done(pushing, "agents", "wake", "pc-1")
        wait_for(lambda: "wake-up" in whys(pushing, "pc-1"))

    assert back["last_handler"] != used


def test_of_two_connections_of_a_key_the_newest_is_kept_and_told(pushing: Site) -> None:
    agent = site_agent(pushing, "pc-1")
    with OpenConnection(pushing, agent, "site-a") as older, OpenConnection(pushing, agent, "site-a") as newer:
        older.say(agent.registration())
        older.say(agent.full_properties(1, {}, bytes(16)))
        newer.say(agent.call_in(2))
        unsaid = older.wait_until_closed()
        wait_for(lambda: shown(pushing, "pc-1").get("last_number") == 2)
        done(pushing, "agents", "wake", "pc-1")
        hint = newer.hear()

    assert unsaid == []
    assert isinstance(hint, Told)
    assert hint.type is ServerType.MSG_AVAILABLE


def test_a_frontend_that_is_killed_and_back_meets_no_herd(pushing: Site, tmp_path: Path) -> None:
    bootstrap = json.loads(pushing.bootstrap.read_text())
    bootstrap["handlers"] = [each for each in bootstrap["handlers"] if each["name"] == "site-a"]
    one = tmp_path / "one.json"
    one.write_text(json.dumps(bootstrap))
    swarm = [*MUSTER, "swarm", "--bootstrap", str(one), "--agents", str(FLEET), "--ramp", "10", "--mode", "push"]
    with subprocess.Popen(
        [*swarm, "--interval", "7200", "--duration", "240", "--verify", "0.1", "-o", "json"],
        env=bare_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            wait_for(lambda: len(called_in(pushing)) == FLEET)
            pushing.processes["site-a"].kill()
            before = set(called_in(pushing).values())
            pushing.start_frontend("site-a")
            wait_for(lambda: len([at for at in called_in(pushing).values() if at not in before]) >= FLEET * 0.95, 150)
            back = [at for at in called_in(pushing).values() if at not in before]
        finally:
            process.kill()

    busiest = max(Counter(at[:19] for at in back).values())
    assert busiest < FLEET / 5, "spread over half a minute, a thirtieth of them comes in each second"


def test_an_agent_of_a_server_in_one_process_is_woken_too(tmp_path: Path) -> None:
    data, home = tmp_path / "data", tmp_path / "pc-1"
    with one_process(data):
        muster("agent", "--home", str(home), "install", "--bootstrap", str(data / "bootstrap.json"), "--name", "pc-1")
        here = partial(muster, "--data", str(data))
        here("registrations", "policy", "set", "allow-all")
        with RunningAgent(home, "--mode", "push"):
            wait_for(lambda: '"push"' in here("agents", "show", "pc-1", "-o", "json").stdout)
            woken = here("agents", "wake", "pc-1", "-o", "json")
            wait_for(lambda: '"wake-up"' in here("agents", "call-ins", "pc-1", "-o", "json").stdout)

    assert (json.loads(woken.stdout)["told"], json.loads(woken.stdout)["holding"]) == (1, 1)


@contextmanager
def one_process(data: Path) -> Iterator[None]:
    command = [*MUSTER, "up", "--data", str(data), "--log-level", "ERROR"]
    with subprocess.Popen(
        command, env=bare_environment(), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline().startswith("ready agent=")
        try:
            yield
        finally:
            server.terminate()
            server.communicate(timeout=60)


def called_in(site: Site) -> dict[str, str]:
    """When each agent called in last."""
    items = site.people_json("agents", "list", "--limit", "1000")["items"]
    return {each["agent_id"]: each["last_call_in"] for each in items if each["last_call_in"]}
