"""Deciding about many: counted, confirmed, one order each with the version that was seen."""

import json

import pytest

from console.exit_code import ExitCode
from domain.orders import BlockRegistration
from tests.console.conftest import Muster
from tests.console.site import Site

LAB = ("--all-matching", "name=lab-*", "--all-matching", "status=Pending", "--reason", "new lab")


@pytest.fixture
def lab(site: Site) -> Site:
    for name in ("lab-1", "lab-2", "pc-1"):
        site.agent(name)
    return site


def _statuses(site: Site) -> dict[str, str]:
    return {row["name"]: row["status"] for row in site.client().get("/registrations").json()["items"]}


def test_a_confirmed_count_is_carried_out_with_an_order_for_each(lab: Site, muster: Muster) -> None:
    ran = muster("registrations", "allow", *LAB, "--confirm", "2", role="operator")

    assert (ran.code, ran.out) == (ExitCode.OK, "allow: 2 done.\n")
    assert _statuses(lab) == {"lab-1": "Allowed", "lab-2": "Allowed", "pc-1": "Pending"}
    decided = lab.room.events("Agent.Allowed")
    assert [(each.meta.who, each.facts["reason"]) for each in decided] == [("operator:operator", "new lab")] * 2


def test_without_a_count_nothing_happens_and_the_count_is_told(lab: Site, muster: Muster) -> None:
    ran = muster("registrations", "allow", *LAB)

    assert ran.code == ExitCode.USAGE
    assert "--confirm 2" in ran.err
    assert lab.room.events("Agent.Allowed") == []


def test_a_dry_run_shows_which_and_changes_nothing(lab: Site, muster: Muster) -> None:
    ran = muster("registrations", "block", *LAB, "--dry-run", "-o", "json")

    assert [row["name"] for row in json.loads(ran.out)["items"]] == ["lab-1", "lab-2"]
    assert lab.room.events("Agent.Blocked") == []


def test_a_count_that_moved_is_refused(lab: Site, muster: Muster) -> None:
    lab.agent("lab-3")

    ran = muster("registrations", "allow", *LAB, "--confirm", "2")

    assert ran.code == ExitCode.CONFLICT
    assert lab.room.events("Agent.Allowed") == []


def test_of_two_operators_at_once_one_wins_and_the_other_is_told_and_the_rest_is_done(
    lab: Site, muster: Muster
) -> None:
    first = lab.client().get("/registrations/lab-1").json()["registration_id"]
    give = lab.bus.order

    def order(body: bytes, timeout_s: float) -> bytes:
        lab.bus.order = give  # type: ignore[method-assign]
        lab.room.order(BlockRegistration(bytes.fromhex(first), "not ours"), operator="rita")
        return give(body, timeout_s)

    lab.client().get("/whoami")
    lab.bus.order = order  # type: ignore[method-assign]

    ran = muster("registrations", "allow", *LAB, "--confirm", "2")

    assert ran.code == ExitCode.CONFLICT
    assert "1 done" in ran.out
    assert "lab-1" in ran.out
    assert "version_moved" in ran.out
    assert _statuses(lab) == {"lab-1": "Blocked", "lab-2": "Allowed", "pc-1": "Pending"}


def test_only_those_for_which_it_is_legal_count(lab: Site, muster: Muster) -> None:
    muster("registrations", "allow", "lab-1")

    ran = muster("registrations", "revoke", "--all-matching", "name=*", "--reason", "sold", "--confirm", "1")

    assert ran.out == "revoke: 1 done.\n"
    assert _statuses(lab)["lab-1"] == "Revoked"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["pc-1", "--confirm", "1"],
        ["pc-1", "--all-matching", "name=*", "--reason", "x"],
        ["--all-matching", "name=*", "--confirm", "3"],
        ["--all-matching", "everything", "--reason", "x", "--confirm", "3"],
    ],
    ids=" ".join,
)
def test_what_is_neither_one_nor_many_is_a_usage_error(lab: Site, muster: Muster, arguments: list[str]) -> None:
    ran = muster("registrations", "allow", *arguments)

    assert ran.code == ExitCode.USAGE
    assert lab.room.events("Agent.Allowed") == []


def test_a_role_that_may_not_decide_stops_at_the_first(lab: Site, muster: Muster) -> None:
    ran = muster("registrations", "allow", *LAB, "--confirm", "2", role="viewer")

    assert ran.code == ExitCode.REFUSED
    assert lab.room.events("Agent.Allowed") == []


def test_those_that_cannot_be_decided_so_are_counted_by_why(lab: Site, muster: Muster) -> None:
    muster("registrations", "allow", "lab-1")
    muster("registrations", "block", "lab-2")

    allow = muster("registrations", "allow", "--all-matching", "name=*", "--dry-run")
    block = muster("registrations", "block", "--all-matching", "name=lab-*", "--dry-run")
    revoke = muster("registrations", "revoke", "--all-matching", "name=*", "--dry-run")
    nobody = muster("registrations", "allow", "--all-matching", "name=mars-*", "--dry-run")

    assert (
        "2 registrations match and can be decided so (allow); 1 more matches, but cannot: 1 already Allowed."
        in allow.out
    )
    assert block.out == (
        "0 registrations match and can be decided so (block); 2 more match, but cannot:"
        " 1 must be revoked first, 1 already Blocked. Nothing was changed.\n"
    )
    assert (
        "2 more match, but cannot: 1 Blocked, so not trusted, 1 still Pending, which is blocked instead" in revoke.out
    )
    assert nobody.out == "No registration matches. Nothing was changed.\n"


def test_a_dry_run_of_revoke_needs_no_reason_and_the_revocation_does(lab: Site, muster: Muster) -> None:
    muster("registrations", "allow", "lab-1")

    dry = muster("registrations", "revoke", "--all-matching", "name=lab-*", "--dry-run")
    one, many = (
        muster("registrations", "revoke", "lab-1"),
        muster("registrations", "revoke", "--all-matching", "name=lab-*", "--confirm", "1"),
    )

    assert dry.code == ExitCode.OK
    assert (one.code, many.code) == (ExitCode.USAGE, ExitCode.USAGE)
    assert "--reason" in one.err
    assert lab.room.events("Agent.Revoked") == []
