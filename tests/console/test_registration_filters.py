"""The registration status report: narrowed on every field it shows, counted likewise; what leaves the list."""

import json
from typing import Any

import pytest

from console.exit_code import ExitCode
from domain.orders import SetRegistrationPolicy
from projections.reports.shown import time_text
from tests.console.conftest import Muster
from tests.console.site import Site
from wire import keys
from worker_room import SpeakingAgent

DAY_MS = 86_400_000


def _asks(site: Site, name: str, algorithm: str = keys.P256, **claims: Any) -> SpeakingAgent:
    agent = SpeakingAgent(site.room, name, algorithm)
    agent.say(agent.registration(**claims))
    site.project()
    return agent


def _names(site: Site, **params: Any) -> list[str]:
    answer = site.client("viewer").get("/registrations", params=params)
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json()["items"]]


@pytest.fixture
def fleet(site: Site) -> Site:
    _asks(site, "Lab-1", domain="lab.example", resource_keys={"serial": "S-1", "mac": "00:00:5e:00:53:01"})
    site.room.order(SetRegistrationPolicy("allow-all"))
    site.room.clock.forward(60_000)
    _asks(site, "pc_2", algorithm=keys.ED25519, domain="Office.Example", resource_keys={"serial": "S-2"})
    return site


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("status", "pending", ["Lab-1"]),
        ("name", "LAB-1", ["Lab-1"]),
        ("name", "lab-*", ["Lab-1"]),
        ("name", "pc_?", ["pc_2"]),
        ("name", "lab_1", []),
        ("domain", "office.example", ["pc_2"]),
        ("domain", "*.EXAMPLE", ["Lab-1", "pc_2"]),
        ("address", "192.0.2.*", ["Lab-1", "pc_2"]),
        ("address", "198.51.100.1", []),
        ("resource_key", "s-2", ["pc_2"]),
        ("resource_key", "00:00:5e:*", ["Lab-1"]),
        ("key_type", "ed25519", ["pc_2"]),
        ("decided_by", "rule:allow-all", ["pc_2"]),
        ("decided_by", "operator:*", []),
        ("decided_by", "' OR 1=1 --", []),
    ],
)
def test_each_field_narrows_the_list_and_the_counts(fleet: Site, field: str, value: str, found: list[str]) -> None:
    counts = fleet.client().get("/registrations/counts", params={field: value}).json()

    assert _names(fleet, **{field: value}) == found
    assert sum(counts.values()) == len(found)


def test_the_beginning_of_a_fingerprint_finds_the_key(site: Site) -> None:
    agent = _asks(site, "pc-1")

    assert _names(site, fingerprint=agent.fingerprint.hex()[:7].upper()) == ["pc-1"]
    assert _names(site, fingerprint="00" if agent.fingerprint[0] else "ff") == []


def test_times_include_their_beginning_and_exclude_their_end(fleet: Site) -> None:
    second = time_text(fleet.room.clock.now_ms)

    assert _names(fleet, first_from=second) == _names(fleet, last_from=second) == ["pc_2"]
    assert _names(fleet, first_until=second) == _names(fleet, last_until=second) == ["Lab-1"]


def test_several_filters_must_all_hold(fleet: Site) -> None:
    assert _names(fleet, domain="*.example", status="Allowed", query="office") == ["pc_2"]
    assert _names(fleet, domain="lab.example", status="Allowed") == []


@pytest.mark.parametrize(("field", "value"), [("fingerprint", "xyz"), ("first_from", "monday"), ("left", "perhaps")])
def test_a_value_that_a_field_cannot_have_is_refused(site: Site, field: str, value: str) -> None:
    answer = site.client().get("/registrations", params={field: value})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_a_resource_key_no_longer_named_is_not_found(site: Site) -> None:
    agent = _asks(site, "pc-1", resource_keys={"serial": "OLD", "mac": "M"})
    site.room.clock.forward(3_600_000)
    agent.say(agent.registration(resource_keys={"serial": "NEW"}))
    site.project()

    assert (_names(site, resource_key="old"), _names(site, resource_key="m")) == ([], [])
    assert _names(site, resource_key="new") == ["pc-1"]


def test_the_command_line_narrows_likewise(fleet: Site, muster: Muster) -> None:
    ran = muster("registrations", "list", "--where", "domain=*.example", "--where", "key-type=ed25519", "-o", "json")
    counts = muster("registrations", "list", "--counts", "--where", "domain=lab.*", "-o", "json")

    assert [row["name"] for row in json.loads(ran.out)["items"]] == ["pc_2"]
    assert json.loads(counts.out) == {"Pending": 1, "Allowed": 0, "Blocked": 0, "Revoked": 0, "Forked": 0}


@pytest.mark.parametrize("where", ["colour=red", "domain", "status=Lost"])
def test_a_filter_nobody_knows_is_a_usage_error(muster: Muster, where: str) -> None:
    assert muster("registrations", "list", "--where", where).code == ExitCode.USAGE


def test_a_blocked_machine_that_stays_silent_leaves_the_list_and_nothing_is_forgotten(site: Site) -> None:
    agent = _asks(site, "pc-1")
    agent.be_blocked()
    site.room.clock.forward(90 * DAY_MS)
    last_day = _names(site)
    site.room.clock.forward(1)

    assert (last_day, _names(site)) == (["pc-1"], [])
    assert _names(site, left="true") == ["pc-1"]
    assert site.client().get("/registrations/counts").json()["Blocked"] == 0
    row = site.client().get("/registrations/pc-1").json()
    assert (row["status"], row["left_the_list"], row["actions"]) == ("Blocked", True, ["allow"])
    assert len(site.client().get("/agents/pc-1/timeline").json()["items"]) == 3


def test_a_blocked_machine_that_asks_again_shows_blocked_again(site: Site) -> None:
    agent = _asks(site, "pc-1")
    agent.be_blocked()
    site.room.clock.forward(91 * DAY_MS)
    agent.say(agent.registration())
    site.project()

    assert _names(site, status="Blocked") == ["pc-1"]
    assert _names(site, left="true") == []


def test_what_was_blocked_after_it_was_revoked_never_leaves(site: Site) -> None:
    agent = _asks(site, "pc-1")
    agent.be_allowed()
    agent.be_revoked()
    agent.be_blocked()
    site.room.clock.forward(1000 * DAY_MS)
    site.project()

    assert _names(site, status="Blocked") == ["pc-1"]


def test_a_pending_machine_never_leaves(site: Site) -> None:
    _asks(site, "pc-1")
    site.room.clock.forward(1000 * DAY_MS)

    assert _names(site) == ["pc-1"]


def test_the_command_line_shows_what_left(site: Site, muster: Muster) -> None:
    _asks(site, "pc-1").be_blocked()
    site.room.clock.forward(91 * DAY_MS)
    site.project()

    assert "pc-1" not in muster("registrations", "list").out
    assert "pc-1" in muster("registrations", "list", "--left").out


@pytest.mark.parametrize(("mask", "found"), [("pc-[12]", ["pc-1", "pc-2"]), ("PC-[!12]", ["pc-3"]), ("[", [])])
def test_a_filter_knows_the_masks_of_rules_and_conditions(
    site: Site, muster: Muster, mask: str, found: list[str]
) -> None:
    for at in (1, 2, 3):
        site.agent(f"pc-{at}")

    by_where = muster("registrations", "list", "--where", f"name={mask}", "-o", "json")
    by_name = muster("registrations", "list", "--name", mask, "-o", "json")

    assert [[row["name"] for row in json.loads(ran.out)["items"]] for ran in (by_where, by_name)] == [found, found]
