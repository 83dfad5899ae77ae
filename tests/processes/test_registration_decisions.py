"""People decide about registrations through every process: many at once, two at once, by tickets, about duplicates."""

import base64
import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from bin.clock import now_ms
from bin.key_directory import KeyDirectory
from broker.rabbit_orders import RabbitOrderBus
from console.orders import Orders
from domain.orders import IssueInstallTickets
from open_connection import OpenConnection, site_agent
from services.postgres import Postgres
from services.rabbitmq import Rabbit
from site_of_processes import MUSTER, Site, bare_environment, wait_for
from taken_over_frontend import TakenOverFrontend
from wire.agent_session import Answered
from wire.install_ticket import public_half, ticket_field
from worker_room import SpeakingAgent

pytestmark = pytest.mark.services

MANY = 501
"""One more than the API decides about at once."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, rabbitmq: Rabbit, postgres: Postgres) -> Iterator[Site]:
    """One site for all tests here: each uses names of its own and changes no policy."""
    site = Site(tmp_path_factory.mktemp("site"), rabbitmq, postgres, ("site-a", "site-b"))
    try:
        site.start_worker("worker-1")
        site.start_projector()
        site.start_console()
        site.start_frontend("site-a")
        yield site
    finally:
        site.close()


def test_many_are_decided_about_by_filter_with_the_count_to_confirm(site: Site) -> None:
    for number in range(4):
        ask(site, site_agent(site, f"lab-{number}"))
    lab = ("registrations", "allow", "--all-matching", "name=lab-*", "--reason", "new lab")

    dry = site.people_json(*lab, "--dry-run")
    unconfirmed = site.people(*lab)
    moved = site.people(*lab, "--confirm", "3")
    before = statuses(site, "lab-*")
    done = site.people(*lab, "--confirm", "4")
    again = site.people(*lab, "--confirm", "4")

    assert [(row["name"], row["outcome"]) for row in dry["items"]] == [(f"lab-{n}", "would allow") for n in range(4)]
    assert (unconfirmed.returncode, "--confirm 4" in unconfirmed.stderr) == (2, True)
    assert (moved.returncode, before) == (4, {"Pending": 4})
    assert (done.returncode, done.stdout) == (0, "allow: 4 done.\n"), done
    assert (again.returncode, statuses(site, "lab-*")) == (4, {"Allowed": 4})


def test_more_than_the_api_takes_at_once_are_refused_whole_and_a_narrower_filter_is_not(site: Site) -> None:
    with TakenOverFrontend(site, "site-b") as frontend:
        crowd = [frontend.agent(f"crowd-{number}", seed=number) for number in range(MANY)]
        sent = [agent.bound(agent.registration())[1] for agent in crowd]
        frontend.handle([frontend.delivery(sent[start : start + 100]) for start in range(0, MANY, 100)])
    wait_for(lambda: statuses(site, "crowd-*") == {"Pending": MANY})

    with site.api as api:
        body = {"decision": "block", "reason": "nobody knows them", "confirm": MANY}
        refused = api.post("/registrations/decisions", params={"name": "crowd-*"}, json=body)
        some = api.post("/registrations/decisions", params={"name": "crowd-50?"}, json={**body, "confirm": 1})
    unchanged = statuses(site, "crowd-*")
    rest = site.people_json(
        "registrations", "block", "--all-matching", "name=crowd-*", "--all-matching", "status=Pending", "--dry-run"
    )

    assert (refused.status_code, refused.json()["code"]) == (422, "too_many")
    assert (some.status_code, some.json()["outcomes"]) == (200, {"done": 1})
    assert unchanged == {"Pending": MANY - 1, "Blocked": 1}
    assert len(rest["items"]) == MANY - 1


def test_of_two_operators_at_once_over_the_api_one_wins_and_the_other_is_told_what_happened(site: Site) -> None:
    with people(site, "olga") as olga, people(site, "rita") as rita:
        clients = {"olga": olga, "rita": rita}
        for number in range(8):
            agent = site_agent(site, f"both-{number}")
            ask(site, agent)
            seen = clients["olga"].get(f"/registrations/{agent.fingerprint.hex()}").headers["ETag"]

            def decide(name: str, verb: str, agent: SpeakingAgent = agent, seen: str = seen) -> httpx.Response:
                path = f"/registrations/{agent.fingerprint.hex()}/{verb}"
                return clients[name].post(path, json={"reason": f"{name} says so"}, headers={"If-Match": seen})

            with ThreadPoolExecutor(2) as at_once:
                answers = dict(zip(clients, at_once.map(decide, clients, ("allow", "block")), strict=True))

            winner, loser = sorted(answers, key=lambda name: answers[name].status_code)
            won, lost = answers[winner], answers[loser]
            assert (won.status_code, lost.status_code) == (200, 412), (won.text, lost.text)
            assert lost.json()["code"] == "version_moved"
            assert f"decided by operator:{winner}" in lost.json()["detail"]
            assert f"({winner} says so)" in lost.json()["detail"]
            assert lost.json()["registration"]["status"] == won.json()["registration"]["status"]


def test_of_two_operators_at_once_over_the_command_line_one_wins(site: Site, tmp_path: Path) -> None:
    agent = site_agent(site, "cli-1")
    ask(site, agent)
    version = str(site.people_json("registrations", "show", "cli-1")["version"])
    running = {
        name: started(site, token_file(site, tmp_path, name), "registrations", verb, "cli-1", "--if-match", version)
        for name, verb in (("uwe", "allow"), ("eva", "block"))
    }

    said = {name: (*process.communicate(timeout=60), process.returncode) for name, process in running.items()}

    winner, loser = sorted(said, key=lambda name: said[name][2])
    assert (said[winner][2], said[loser][2]) == (0, 4), said
    assert f"decided by operator:{winner}" in said[loser][1]
    row = site.people_json("registrations", "show", "cli-1")
    assert row["decided_by"] == f"operator:{winner}"
    assert row["status"] in said[loser][1]


def test_every_install_ticket_that_is_not_good_has_a_refusal_of_its_own(site: Site) -> None:
    created = site.people_json("registrations", "ticket", "create", "--count", "2")["tickets"]
    good, withdrawn = (base64.b64decode(each["ticket"]) for each in created)
    assert site.people("registrations", "ticket", "revoke", created[1]["ticket_id"]).returncode == 0
    short = soon_expired(site)

    let_in = ask(site, site_agent(site, "ticket-1"), good)
    refused = [
        ask(site, site_agent(site, f"ticket-{at}"), seed)
        for at, seed in enumerate((good, withdrawn, short, os.urandom(32)), start=2)
    ]
    forged = site_agent(site, "ticket-9")
    stolen = forged.registration(ticket=ticket_field(good, site_agent(site, "x").fingerprint))

    assert let_in["status"] == "allowed"
    assert [each.get("reason") for each in refused] == [
        "ticket_used",
        "ticket_revoked",
        "ticket_expired",
        "ticket_unknown",
    ]
    with OpenConnection(site, forged, "site-a") as connection:
        assert content(connection.say(stolen)) == {"reason": "ticket_forged"}
    assert statuses(site, "ticket-*") == {"Allowed": 1, "Pending": 5}
    row = site.people_json("registrations", "show", "ticket-1")
    assert row["decided_by"] == f"ticket:{created[0]['ticket_id']}"


def test_two_entries_become_one_machine_and_two_again(site: Site) -> None:
    old, new = site_agent(site, "merged-1"), site_agent(site, "merged-2")
    for agent in (old, new):
        ask(site, agent, resource_keys={"serial": "S-4711"})
    old_ref, new_ref = old.fingerprint.hex(), new.fingerprint.hex()
    assert site.people("registrations", "allow", old_ref, "--reason", "ours").returncode == 0

    early = site.people("registrations", "split", new_ref, "--reason", "never merged")
    merged = site.people("registrations", "merge", new_ref, "--into", old_ref, "--reason", "reinstalled")
    as_one = [agent_id(ask(site, agent)) for agent in (old, new)]
    accepted = [call_in(site, agent, 1) for agent in (old, new)]
    split = site.people("registrations", "split", new_ref, "--reason", "two machines")
    as_two = [agent_id(ask(site, agent)) for agent in (old, new)]

    assert (early.returncode, merged.returncode, split.returncode) == (4, 0, 0), (early, merged, split)
    assert as_one == [as_two[0]] * 2
    assert as_two[0] != as_two[1]
    assert accepted == [{"full": True}] * 2
    assert [call_in(site, agent, 2).get("reason") for agent in (old, new)] == [None, "pending"]
    assert site.people("registrations", "revoke", old_ref, "--reason", "lost").returncode == 0
    assert call_in(site, old, 3) == {"reason": "revoked"}


def ask(site: Site, agent: SpeakingAgent, ticket: bytes = b"", **claims: Any) -> dict[str, Any]:
    """What the site answers to a registration request over TLS."""
    if ticket:
        claims["ticket"] = ticket_field(ticket, agent.fingerprint)
    with OpenConnection(site, agent, "site-a") as connection:
        return content(connection.say(agent.registration(**claims)))


def call_in(site: Site, agent: SpeakingAgent, number: int) -> dict[str, Any]:
    with OpenConnection(site, agent, "site-a") as connection:
        return content(connection.say(agent.call_in(number)))


def content(event: object) -> dict[str, Any]:
    assert isinstance(event, Answered), event
    return event.content


def agent_id(answer: dict[str, Any]) -> bytes:
    return bytes(answer["agent_id"])


def statuses(site: Site, names: str) -> dict[str, int]:
    """How many of these are in which state."""
    rows = site.people_json("registrations", "list", "--all", "--where", f"name={names}")["items"]
    return dict(Counter(row["status"] for row in rows))


def people(site: Site, name: str) -> httpx.Client:
    """The API as an operator of this name."""
    token = site.people_json("tokens", "create", "--name", name, "--role", "operator")["token"]
    admin = site.api
    admin.headers["Authorization"] = f"Bearer {token}"
    return admin


def token_file(site: Site, folder: Path, name: str) -> Path:
    token = site.people_json("tokens", "create", "--name", name, "--role", "operator")["token"]
    path = folder / f"{name}.token"
    path.write_text(token)
    path.chmod(0o600)
    return path


def started(site: Site, token: Path, *arguments: str) -> subprocess.Popen[str]:
    """A command of that person, begun and not waited for."""
    environment = {"MUSTER_API": f"http://127.0.0.1:{site.api_port}", "MUSTER_TOKEN_FILE": str(token)}
    return subprocess.Popen(
        [*MUSTER, *arguments, "--reason", "at once"],
        env=bare_environment() | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )


def soon_expired(site: Site) -> bytes:
    """The seed of a ticket whose time is over: shorter than people can make one, so ordered as the console orders."""
    seed, until_ms = os.urandom(32), now_ms() + 500
    keys = KeyDirectory(site.data / "keys")
    bus = RabbitOrderBus(Path(site.broker_url_file("console")).read_text())
    try:
        orders = Orders(bus, keys.secret("order"), keys.secret("reply"), now_ms, os.urandom)
        outcome = orders.give(IssueInstallTickets([public_half(seed)], until_ms), operator="test", role="admin")
    finally:
        bus.close()
    assert outcome.outcome == "done", outcome
    wait_for(lambda: now_ms() > until_ms)
    return seed
