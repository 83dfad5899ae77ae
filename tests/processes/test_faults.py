"""Faults by killing real processes and cutting real connections: what an agent saw acknowledged is there, once."""

import json
import random
import signal
import subprocess
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lossy_proxy import LossyProxy
from site_of_processes import MUSTER, Site, bare_environment, muster, wait_for
from store.keyring import Keyring
from store.mapper import EventMapper
from store.postgres_log import PostgresLog
from store.vault import Vault

pytestmark = pytest.mark.services


def test_a_large_package_whose_answer_is_lost_is_sent_again_and_recorded_once(site: Site, tmp_path: Path) -> None:
    site.start()
    site.people("registrations", "policy", "set", "allow-all")
    properties = _noise(tmp_path / "properties.json", 500_000)
    proxy = LossyProxy(site.agent_ports["site-a"], lose_after=300_000)
    home, options = tmp_path / "agent", ["--properties", str(tmp_path / "properties.json")]
    site.agent(home, "install", "--bootstrap", str(_by_way_of(proxy, site, tmp_path)), "--name", "big", *options)

    lost = site.agent(home, "call-in", "-o", "json")
    proxy.lose_after = None
    again = site.agent(home, "call-in", "-o", "json")
    proxy.close()

    assert proxy.lost == 1
    assert lost.returncode == 6, lost.stdout
    assert (again.returncode, json.loads(again.stdout)["outcome"]) == (0, "accepted"), again.stdout
    shown = site.people_json("agents", "show", "big")
    assert shown["properties"] == properties
    numbers = [each["number"] for each in site.people_json("agents", "call-ins", "big")["items"]]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


def test_a_lost_reply_then_revoke_then_allow_is_no_fork(site: Site, tmp_path: Path) -> None:
    site.start()
    site.people("registrations", "policy", "set", "allow-all")
    proxy = LossyProxy(site.agent_ports["site-a"], lose_after=None)
    _noise(tmp_path / "properties.json", 40_000)
    home, options = tmp_path / "agent", ["--properties", str(tmp_path / "properties.json")]
    site.agent(home, "install", "--bootstrap", str(_by_way_of(proxy, site, tmp_path)), "--name", "pc-1", *options)
    assert site.agent(home, "call-in").returncode == 0

    proxy.lose_after = 10_000
    assert site.agent(home, "call-in", "--full").returncode == 6
    assert proxy.lost == 1
    proxy.lose_after = None
    site.people("registrations", "revoke", "pc-1", "--reason", "a try")
    refused = json.loads(site.agent(home, "call-in", "-o", "json").stdout)
    site.people("registrations", "allow", "pc-1", "--reason", "a try")
    after = [site.agent(home, "call-in", "-o", "json") for _ in range(2)]
    proxy.close()

    assert refused["outcome"] == "refused"
    assert [each.returncode for each in after] == [0, 0], after
    reasons = [
        each["facts"]["reason"]
        for each in site.people_json("agents", "timeline", "pc-1")["items"]
        if each["topic"] == "Registration.PackageRefused"
    ]
    assert set(reasons) == {"revoked"}


def test_up_killed_and_back_its_agents_know_the_way(tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = _up(data)
    try:
        agents = wait_for(lambda: _called_in(data, 2))
    finally:
        first.kill()
        first.communicate()
    ports = json.loads((data / "ports").read_text())

    second = _up(data)
    try:
        back = wait_for(lambda: _called_in(data, 2, after=max(each["last_call_in"] for each in agents)))
        refused = muster("up", "--data", str(data))
    finally:
        second.send_signal(signal.SIGTERM)
        second.communicate(timeout=60)

    assert json.loads((data / "ports").read_text()) == ports
    assert {each["agent_id"] for each in back} == {each["agent_id"] for each in agents}
    assert (refused.returncode, "already" in refused.stderr.lower() or "running" in refused.stderr) == (1, True)
    assert second.returncode == 0


def test_killing_the_worker_under_load_loses_and_doubles_nothing(site: Site, tmp_path: Path) -> None:
    site.start()
    site.people("registrations", "policy", "set", "allow-all")
    acknowledged = tmp_path / "acknowledged"
    options = ["--agents", "50", "--rate", "150", "--duration", "12", "--seed", "5"]
    swarm = subprocess.Popen(
        [
            *MUSTER,
            "swarm",
            "--bootstrap",
            str(site.bootstrap),
            *options,
            "--acknowledged",
            str(acknowledged),
            "-o",
            "json",
        ],
        env=bare_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    )
    for round_ in range(2):
        wait_for(partial(_acknowledged_more_than, acknowledged, 400 * (round_ + 1)))
        site.processes["worker-1"].kill()
        site.start_worker("worker-1")
    out, err = swarm.communicate(timeout=120)

    assert swarm.returncode == 0, err.decode()[-2000:]
    recorded = _diary(site)
    promised = {(line.split()[0], int(line.split()[1])) for line in _lines(acknowledged)}
    assert len(promised) > 800, out
    assert promised <= set(recorded), "an acknowledged call-in is missing"
    assert set(recorded.values()) == {1}
    by_key: dict[str, list[int]] = {}
    for key, number in recorded:
        by_key.setdefault(key, []).append(number)
    assert all(sorted(numbers) == list(range(1, len(numbers) + 1)) for numbers in by_key.values()), "a gap"
    counted = {each["registration_id"]: each["call_ins"] for each in _all(site, "agents")}
    assert counted == {key: len(numbers) for key, numbers in by_key.items()}


def _noise(path: Path, size: int) -> dict[str, str]:
    """Properties that no compression makes small."""
    noise = random.Random(3)
    properties = {"blob": "".join(noise.choice("0123456789abcdefghijklmnopqrstuvwxyz") for _ in range(size))}
    path.write_text(json.dumps(properties))
    return properties


def _diary(site: Site) -> Counter[tuple[str, int]]:
    """How often each (key, number) stands in the log: a fold over all of it."""
    log = PostgresLog(site.owner_dsn)
    wrapping = bytes.fromhex((site.data / "keys" / "wrapping.key").read_text().strip())
    mapper = EventMapper(Keyring(Vault(wrapping, random.randbytes), log.subject))
    keys = {subject.subject_id: subject.fingerprint.hex() for subject in log.subjects()}
    found: Counter[tuple[str, int]] = Counter()
    after = 0
    while page := log.read(after, 5000):
        for event in (mapper.decode(row, personal=False) for row in page):
            if event.topic.startswith("Diary."):
                found[keys[event.meta.subject_id or 0], event.facts["number"]] += 1
        after = page[-1].id
    log.close()
    return found


def _all(site: Site, what: str) -> list[dict[str, Any]]:
    answer = site.people_json(what, "list", "--limit", "1000")
    items: list[dict[str, Any]] = answer["items"]
    return items


def _by_way_of(proxy: LossyProxy, site: Site, directory: Path) -> Path:
    bootstrap = json.loads(site.bootstrap.read_text())
    bootstrap["handlers"] = [{**bootstrap["handlers"][0], "port": proxy.port}]
    path = directory / "bootstrap.json"
    path.write_text(json.dumps(bootstrap))
    return path


def _up(data: Path) -> subprocess.Popen[str]:
    server = subprocess.Popen(
        [sys.executable, "-m", "bin.muster", "up", "--data", str(data), "--agents", "2", "--log-level", "ERROR"],
        env=bare_environment(),
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout is not None
    assert server.stdout.readline().startswith("ready agent=")
    return server


def _called_in(data: Path, count: int, after: str = "") -> list[dict[str, Any]]:
    done = muster("--data", str(data), "agents", "list", "-o", "json")
    items = json.loads(done.stdout)["items"] if done.returncode == 0 else []
    found = [each for each in items if (each["last_call_in"] or "") > after]
    return found if len(found) == count else []


def _acknowledged_more_than(path: Path, count: int) -> bool:
    return path.exists() and len(_lines(path)) > count


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]
