"""Install tickets from the people's side: made, listed, used, revoked; the seed is told once."""

import base64
from pathlib import Path
from typing import Any

from tests.console.conftest import Muster
from tests.console.site import Site
from wire.install_ticket import ticket_field
from worker_room import SpeakingAgent


def made(site: Site, **wanted: Any) -> list[dict[str, str]]:
    answer = site.client("operator").post("/install-tickets", json=wanted)
    assert answer.status_code == 201, answer.text
    tickets: list[dict[str, str]] = answer.json()["tickets"]
    return tickets


def listed(site: Site) -> dict[str, dict[str, Any]]:
    return {each["ticket_id"]: each for each in site.client("viewer").get("/install-tickets").json()["items"]}


def asks(site: Site, agent: SpeakingAgent, ticket: dict[str, str]) -> dict[str, Any]:
    field = ticket_field(base64.b64decode(ticket["ticket"]), agent.fingerprint)
    content = agent.say(agent.registration(ticket=field)).content
    site.project()
    return content


def test_a_ticket_made_by_the_api_lets_one_machine_in_and_the_report_says_so(site: Site) -> None:
    first, second = made(site, count=2)
    agent = SpeakingAgent(site.room, "pc-1")

    asked = asks(site, agent, first)

    row = site.client().get("/registrations/pc-1").json()
    assert asked["status"] == "allowed"
    assert (row["status"], row["decided_by"]) == ("Allowed", f"ticket:{first['ticket_id']}")
    tickets = listed(site)
    assert tickets[first["ticket_id"]]["used_by"] == agent.fingerprint.hex()
    assert [tickets[each["ticket_id"]]["state"] for each in (first, second)] == ["used", "open"]
    assert first["ticket"] not in str(tickets)


def test_a_ticket_for_a_machine_brings_its_new_key_to_it(site: Site) -> None:
    old = site.allowed_agent("pc-1")
    [ticket] = made(site, bound_to="pc-1")
    again = SpeakingAgent(site.room, "pc-1")

    asks(site, again, ticket)

    row = site.client().get(f"/registrations/{again.fingerprint.hex()}").json()
    assert (row["merged_into"], row["status"]) == (old.fingerprint.hex(), "Allowed")
    assert len(site.client().get("/agents").json()["items"]) == 1


def test_a_revoked_and_an_expired_ticket_say_so(site: Site) -> None:
    revoked, expired = made(site, count=2, expires_in_s=60)
    answer = site.client("operator").delete(f"/install-tickets/{revoked['ticket_id']}", params={"reason": "lost"})
    site.room.clock.forward(60_000)

    states = listed(site)

    assert answer.json()["outcome"] == "done"
    assert [states[each["ticket_id"]]["state"] for each in (revoked, expired)] == ["revoked", "expired"]
    agents = [SpeakingAgent(site.room, f"pc-{number}") for number in range(2)]
    reasons = [asks(site, *each)["reason"] for each in zip(agents, (revoked, expired), strict=True)]
    assert reasons == ["ticket_revoked", "ticket_expired"]


def test_a_ticket_for_a_machine_that_nobody_knows_is_refused(site: Site) -> None:
    answer = site.client().post("/install-tickets", json={"bound_to": "nobody"})

    assert answer.status_code == 404
    assert listed(site) == {}


def test_the_command_line_writes_tickets_for_the_owner_alone(site: Site, muster: Muster, tmp_path: Path) -> None:
    file = tmp_path / "tickets"

    ran = muster("registrations", "ticket", "create", "--count", "2", "--file", str(file), role="operator")
    twice = muster("registrations", "ticket", "create", "--file", str(file), role="operator")

    seeds = file.read_text().split()
    assert ran.code == 0
    assert twice.code != 0
    assert [len(base64.b64decode(seed)) for seed in seeds] == [32, 32]
    assert file.stat().st_mode & 0o777 == 0o600
    assert not any(seed in ran.out for seed in seeds)
    assert len(listed(site)) == 2


def test_the_command_line_shows_a_ticket_once_and_revokes_it(site: Site, muster: Muster) -> None:
    shown = muster("registrations", "ticket", "create", role="operator")
    [ticket_id] = listed(site)

    revoked = muster("registrations", "ticket", "revoke", ticket_id, "--reason", "lost", role="operator")

    assert ticket_id in shown.out
    assert revoked.out == "It is revoked.\n"
    assert "revoked" in muster("registrations", "ticket", "list").out


def test_the_table_names_the_machine_that_used_a_ticket(site: Site, muster: Muster) -> None:
    [ticket] = made(site, count=1)
    agent = SpeakingAgent(site.room, "pc-1")
    asks(site, agent, ticket)

    ran = muster("registrations", "ticket", "list")

    assert "pc-1" in ran.out
    assert agent.fingerprint.hex() not in ran.out
    assert listed(site)[ticket["ticket_id"]]["used_by_name"] == "pc-1"
