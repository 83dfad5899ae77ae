"""Agents go over to other keys through every process, whatever is killed meanwhile: no lock-out, no call-in lost."""

import json
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.bootstrap import Handler
from agents.caller import Caller
from agents.codec import MsgpackCodec
from agents.collect import collect_claims, collect_properties
from agents.connection import Connection, Dialer
from agents.deadline import Deadline
from agents.handler_trust import HandlerTrust
from agents.home import Home
from agents.identity import load_identity, new_identity, store_identity
from agents.key_ring import make_next_key
from agents.notices import Notices
from agents.outcome import Outcome, Why
from agents.visit import Visitor
from agents.wiring import Installed, load, now_ms, settings_of
from server_key_rotation import new_generation
from site_of_processes import Site
from wire import keys

pytestmark = pytest.mark.services


def installed(site: Site, home: Path, name: str = "pc-1", algorithm: str = "", **resources: str) -> Path:
    """An agent in ``home``; with ``algorithm``, one whose key is what old products made."""
    kinds = home.with_suffix(".resources.json")
    kinds.write_text(json.dumps(resources or {"machine_uuid": name}))
    options = ["--bootstrap", str(site.bootstrap), "--name", name, "--resource-keys", str(kinds)]
    done = site.agent(home, "install", *options)
    assert done.returncode == 0, done.stderr
    if algorithm:
        store_identity(new_identity(algorithm), home)
    return home


def allowed(site: Site, home: Path) -> Path:
    """Let in by a person, with a call-in behind it."""
    assert site.agent(home, "call-in").returncode == 5
    done = site.people("registrations", "allow", fingerprint(home).hex(), "--reason", "ours")
    assert done.returncode == 0, done.stderr
    assert site.agent(home, "call-in").returncode == 0
    return home


def fingerprint(home: Path) -> bytes:
    return load_identity(home).fingerprint


def numbers(site: Site) -> list[int]:
    """Numbers of the packages in the diaries of the agent's keys, in the order of the log."""
    rows = site.people_json("agents", "timeline", "pc-1")["items"]
    return [each["facts"]["number"] for each in rows if each["topic"].startswith("Diary.")]


def test_an_agent_goes_over_to_a_new_key_and_speaks_by_it(site: Site, tmp_path: Path) -> None:
    site.start()
    home = allowed(site, installed(site, tmp_path / "agent"))
    before = fingerprint(home)

    done = json.loads(site.agent(home, "rekey", "-o", "json").stdout.splitlines()[-1])
    idle = json.loads(site.agent(home, "call-in", "-o", "json").stdout)

    (agent,) = site.people_json("agents", "list")["items"]
    assert (done["outcome"], idle["outcome"]) == ("accepted", "accepted")
    assert (agent["registration_id"], agent["last_number"]) == (fingerprint(home).hex(), 2)
    assert fingerprint(home) != before
    assert done["agent_id"] == idle["agent_id"] == agent["agent_id"]


def test_an_old_fleets_agent_has_new_keys_on_both_sides_after_its_first_call_in(site: Site, tmp_path: Path) -> None:
    site.start()
    home = allowed(site, installed(site, tmp_path / "agent", algorithm=keys.RSA1024))
    new_generation(site, tmp_path, 2, "--minimum-version", "2")
    (tmp_path / "slow.json").write_text('{"interval_s": 7200}')
    site.people("policies", "set", "agent", "slow", str(tmp_path / "slow.json"))
    site.people("policies", "assign", "agent", "slow", "--group", "/")
    (tmp_path / "properties.json").write_text('{"after": "the upgrade"}')
    settings = json.loads((home / "install.json").read_text())
    (home / "install.json").write_text(json.dumps(settings | {"properties": str(tmp_path / "properties.json")}))
    opened = site.people("keys", "migration", "open", "--hours", "1", "--reason", "upgrade of the old fleet")
    before = fingerprint(home)

    first = site.agent(home, "call-in", "-o", "json")

    assert opened.returncode == 0, opened.stderr
    assert (first.returncode, json.loads(first.stdout)["outcome"]) == (0, "accepted")
    shown = site.people_json("agents", "show", "pc-1")
    assert fingerprint(home) != before
    assert keys.load_public_key(load_identity(home).public_der).algorithm == keys.P256
    assert shown["registration_id"] == fingerprint(home).hex()
    assert shown["properties"] == {"after": "the upgrade"}
    (policy,) = site.people_json("agents", "policy", "pc-1")["categories"]
    assert (policy["category"], policy["state"], policy["enforced_version"]) == ("agent", "enforced", 1)
    assert load(Home(home)).member.trust.newest_version == 2
    assert {each["version"]: each["agents"] for each in site.people_json("keys", "list")["items"]} == {1: 0, 2: 1}


def test_outside_a_window_the_old_key_stays_and_a_new_one_is_a_pending_duplicate(site: Site, tmp_path: Path) -> None:
    site.start()
    site.people("registrations", "policy", "set", "allow-all")
    old = allowed(site, installed(site, tmp_path / "old", algorithm=keys.RSA1024))
    before = fingerprint(old)

    kept = site.agent(old, "rekey", "-o", "json")
    new = installed(site, tmp_path / "new", machine_uuid="pc-1")
    asked = site.agent(new, "call-in", "-o", "json")

    assert (kept.returncode, fingerprint(old)) == (0, before)
    assert json.loads(asked.stdout)["outcome"] == "pending"
    rows = {each["registration_id"]: each for each in site.people_json("registrations", "list")["items"]}
    assert rows[fingerprint(new).hex()]["status"] == "Pending"
    assert rows[fingerprint(new).hex()]["duplicate_of"] == [before.hex()]
    assert site.agent(old, "call-in").returncode == 0


def test_an_agent_that_only_knows_rsa_1024_is_too_old_and_says_so_once_a_call_in(site: Site, tmp_path: Path) -> None:
    site.start()
    home = installed(site, tmp_path / "agent", algorithm=keys.RSA1024)
    sent = Sent()
    agent = calling(home, sent)
    agent.member.algorithms = [keys.RSA1024]

    results = [agent.caller.call_in(Why.INTERVAL) for _ in range(3)]

    assert [(each.outcome, each.reason) for each in results] == [(Outcome.REFUSED, "agent_too_old")] * 3
    assert sent.packages == 3
    assert site.people_json("registrations", "list")["items"] == []


@pytest.mark.parametrize("exchange", [1, 2, 3])
def test_the_worker_is_killed_in_the_middle_of_it(site: Site, tmp_path: Path, exchange: int) -> None:
    site.start()
    home = allowed(site, installed(site, tmp_path / "agent"))
    before = fingerprint(home)
    assert site.agent(home, "event", "DiskReplaced").returncode == 0
    make_next_key(home, keys.P256)
    chance = random.Random(exchange)

    def strike(package: int) -> None:
        if package == exchange:
            time.sleep(chance.random() * 0.01)  # before, while or after it decides
            site.processes["worker-1"].kill()
            site.start_worker("worker-1")

    with Home(home).locked():
        done = calling(home, Sent(strike)).caller.call_in(Why.INTERVAL)
    after = site.agent(home, "call-in", "-o", "json")

    assert done.outcome in (Outcome.ACCEPTED, Outcome.UNREACHABLE)
    assert (after.returncode, json.loads(after.stdout)["outcome"]) == (0, "accepted")
    assert fingerprint(home) != before
    assert numbers(site) == [1, 1, 2, 3], "one by the old key; properties, the event and an idle call-in by the new one"
    shown = site.people_json("agents", "show", "pc-1")
    assert (shown["registration_id"], shown["events_delivered"]) == (fingerprint(home).hex(), 1)


class Sent:
    """Counts the packages an agent sends; ``after`` is called with the count once each has left."""

    def __init__(self, after: Callable[[int], None] = lambda package: None) -> None:
        self.packages = 0
        self._after = after

    def one(self) -> None:
        self.packages += 1
        self._after(self.packages)


class _Counting(Connection):
    """A real connection that tells of each package."""

    def __init__(self, plain: Connection, sent: Sent) -> None:
        super().__init__(plain._peer, plain.handler)
        self._sent = sent

    def send(self, data: bytes, deadline: Deadline) -> None:
        super().send(data, deadline)
        self._sent.one()


class _CountingDialer(Dialer):
    def __init__(self, going: HandlerTrust, sent: Sent) -> None:
        super().__init__(going)
        self._sent = sent

    def dial(self, handler: Handler, server_time_ms: int, deadline: Deadline) -> Connection:
        return _Counting(super().dial(handler, server_time_ms, deadline), self._sent)


def calling(home: Path, sent: Sent) -> Installed:
    """The agent of a home in this process, over real sockets."""
    found = load(Home(home))
    settings, codec = settings_of(Home(home)), MsgpackCodec()
    chance = random.Random(1)
    visitor = Visitor(
        found.member, found.going.handlers, _CountingDialer(found.going, sent), now_ms, time.monotonic, chance
    )
    caller = Caller(
        found.member,
        Notices(found.member, found.events),
        lambda: collect_claims(settings),
        lambda: collect_properties(settings, codec),
        visitor,
        now_ms,
    )
    return found._replace(caller=caller)
