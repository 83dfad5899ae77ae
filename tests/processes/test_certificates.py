"""Handlers' certificates and the CA itself are renewed under a living fleet: no call-in fails, nobody is locked out."""

import json
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest

from agents.caller import Caller
from agents.home import Home
from agents.install import install
from agents.outcome import Outcome, Result, Why
from agents.settings import Settings
from agents.wiring import Installed, load
from site_of_processes import Site, muster, wait_for

pytestmark = pytest.mark.services

AGENTS = 50
THREADS = 4
PAUSE_S = 0.2
RENEWED = "New connections get the renewed certificate"


class Living:
    """Agents with homes of their own that call in over real TLS, again and again, until told to rest."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.agents = [new_agent(site, folder / f"agent-{at}", f"pc-{at}") for at in range(AGENTS)]
        self.results: list[Result] = []
        self.rounds = 0
        self._rest = threading.Event()

    @contextmanager
    def calling(self) -> Iterator[None]:
        """Meanwhile they live."""
        with ThreadPoolExecutor(THREADS) as pool:
            busy = [pool.submit(self._live, self.agents[at::THREADS]) for at in range(THREADS)]
            try:
                yield
            finally:
                self._rest.set()
                for each in busy:
                    each.result()

    def another_round(self) -> None:
        """Return once every agent has begun and ended one more call-in."""
        goal = len(self.results) + 3 * AGENTS
        wait_for(lambda: len(self.results) >= goal)

    @property
    def failed(self) -> list[Result]:
        return [each for each in self.results if each.outcome is not Outcome.ACCEPTED]

    def _live(self, agents: list[Installed]) -> None:
        while not self._rest.wait(PAUSE_S):
            for each in agents:
                self.results.append(call_in(each.caller))


def new_agent(site: Site, home: Path, name: str) -> Installed:
    """Installed, registered, its properties reported."""
    install(Home(home), site.bootstrap, Settings(name, "", {"machine_uuid": name}, "p256"))
    agent = load(Home(home))
    assert call_in(agent.caller).outcome is Outcome.ACCEPTED
    return agent


def call_in(caller: Caller) -> Result:
    return caller.call_in(Why.INTERVAL)


def ca(site: Site, *arguments: str) -> str:
    """`muster ca` against the site's API; what it printed."""
    environment = {
        "MUSTER_API": f"http://127.0.0.1:{site.api_port}",
        "MUSTER_TOKEN_FILE": str(site.data / "admin-token"),
    }
    command, *rest = arguments
    done = muster("ca", command, "--data", str(site.data), *rest, environment=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def renew(site: Site, authority: str) -> None:
    """Every handler, one after the other, as an operator does it: no restart, and no wait for its next look."""
    for name in site.agent_ports:
        log = site.directory / f"{name}.log"
        told = log.read_text().count(RENEWED)
        ca(site, "renew", "--handler", name, "--authority", authority)
        site.processes[name].send(signal.SIGHUP)
        wait_for(lambda log=log, told=told: log.read_text().count(RENEWED) > told)  # type: ignore[misc]


def test_handlers_and_ca_are_renewed_under_fifty_agents_and_no_call_in_fails(site: Site, tmp_path: Path) -> None:
    site.start()
    site.people("registrations", "policy", "set", "allow-all")
    living = Living(site, tmp_path)
    away = new_agent(site, tmp_path / "away", "pc-away")

    with living.calling():
        ca(site, "create")
        renew(site, "ca-2")
        published = ca(site, "publish", "ca-2", "ca-3", "--reason", "ca-1 ends")
        wait_for(lambda: f"{AGENTS} of {AGENTS + 1} agents hold it" in ca(site, "show"))
        living.another_round()
        back = call_in(away.caller)
        renew(site, "ca-3")
        living.another_round()
        ca(site, "create")
        ca(site, "publish", "ca-3", "ca-4")
        wait_for(lambda: f"{AGENTS} of {AGENTS + 1} agents hold it" in ca(site, "show"))
        living.another_round()

    assert "CA set 1: agents believe ca-2, ca-3" in published
    assert living.failed == []
    assert {each.member.authorities.version for each in living.agents if each.member.authorities} == {2}
    assert back.outcome is Outcome.ACCEPTED, "two CAs are pinned: away during one renewal is not away for ever"
    newcomer = new_agent(site, tmp_path / "newcomer", "pc-new")
    assert newcomer.member.keep.state.epoch == 1
    shown = site.people_json("agents", "show", "pc-0")
    assert list(shown["held"]["items"].values()) == [2]


def test_an_agent_that_missed_two_ca_replacements_comes_back_as_itself_by_the_new_bootstrap_file(
    site: Site, tmp_path: Path
) -> None:
    site.start()
    site.people("registrations", "policy", "set", "allow-all")
    ca(site, "publish", "ca-1", "ca-2")
    home = tmp_path / "away"
    agent_id = new_agent(site, home, "pc-away").member.keep.state.agent_id
    for leaving, coming in (("ca-2", "ca-3"), ("ca-3", "ca-4")):
        ca(site, "create")
        renew(site, leaving)
        ca(site, "publish", leaving, coming)
    site.agent(home, "event", "DiskReplaced")

    locked_out = site.agent(home, "call-in")
    taken = site.agent(home, "bootstrap", str(site.bootstrap))
    back = site.agent(home, "call-in", "-o", "json")

    assert locked_out.returncode == 6
    assert "muster agent bootstrap FILE" in locked_out.stdout
    assert "CA set 3 of the bootstrap file is believed now, 1 no more" in taken.stdout
    told = json.loads(back.stdout)
    assert (told["outcome"], told["agent_id"]) == ("accepted", str(UUID(bytes=agent_id)))
    assert json.loads(site.agent(home, "status", "-o", "json").stdout)["undelivered_events"] == 0
    assert [each["name"] for each in site.people_json("agents", "list")["items"]] == ["pc-away"]
