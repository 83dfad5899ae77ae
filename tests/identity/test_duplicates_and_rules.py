"""Resource keys are claims: what a machine copies after it was let in makes it nobody else."""

import pytest

from domain.orders import (
    AllowRegistration,
    BlockRegistration,
    RevokeRegistration,
    SetRegistrationPolicy,
)
from tests.identity.fleet import Fleet
from tests.identity.shown import Shown

HOUR_MS = 3_600_000
VICTIM = {"name": "pc-1", "resources": {"serial": "S1"}}
HARMLESS = {"name": "pc-2", "resources": {"serial": "S2"}}


def allow(fleet: Fleet, name: str) -> str:
    return fleet.order(AllowRegistration(fleet.agents[name].fingerprint, "known"))


def revoke(fleet: Fleet, name: str) -> str:
    return fleet.order(RevokeRegistration(fleet.agents[name].fingerprint, "lost"))


def agent_of(shown: Shown, name: str) -> object:
    shown.catch_up()
    return shown.rows()[name]["agent"]


@pytest.mark.parametrize("let_in_by", ["rule", "person"])
def test_a_machine_that_was_let_in_and_then_copies_a_victims_keys_is_not_what_the_victim_is_merged_with(
    fleet: Fleet, shown: Shown, let_in_by: str
) -> None:
    fleet.ask("victim", VICTIM)
    if let_in_by == "rule":
        fleet.order(SetRegistrationPolicy("allow-all"))
    fleet.ask("impostor", HARMLESS)
    allow(fleet, "impostor")
    fleet.forward(HOUR_MS)
    fleet.ask("impostor", VICTIM)

    allow(fleet, "victim")

    assert agent_of(shown, "victim") != agent_of(shown, "impostor")
    assert shown.rows()["impostor"]["duplicate_of"] == ["victim"]


def test_a_machine_allowed_after_a_block_that_then_names_a_victims_keys_is_not_merged_with_it(
    fleet: Fleet, shown: Shown
) -> None:
    fleet.ask("victim", VICTIM)
    allow(fleet, "victim")
    fleet.ask("impostor", HARMLESS)
    fleet.order(BlockRegistration(fleet.agents["impostor"].fingerprint, "who is that"))
    allow(fleet, "impostor")
    fleet.forward(HOUR_MS)

    assert fleet.ask("impostor", VICTIM) == "allowed"

    assert agent_of(shown, "impostor") != agent_of(shown, "victim")


def test_a_duplicate_that_a_person_lets_in_knowing_it_is_merged_when_the_other_is_trusted_again(
    fleet: Fleet, shown: Shown
) -> None:
    fleet.ask("old", VICTIM)
    allow(fleet, "old")
    revoke(fleet, "old")
    fleet.ask("new", VICTIM)
    allow(fleet, "new")
    apart = agent_of(shown, "new")

    allow(fleet, "old")
    fleet.ask("old", VICTIM)

    assert agent_of(shown, "old") == agent_of(shown, "new") == apart


@pytest.mark.parametrize("order", [RevokeRegistration, BlockRegistration])
def test_no_setting_lets_a_duplicate_of_a_machine_in_that_is_kept_out(fleet: Fleet, order: type) -> None:
    fleet.ask("old", VICTIM)
    if order is RevokeRegistration:
        allow(fleet, "old")
    fleet.order(order(fleet.agents["old"].fingerprint, "stolen"))
    fleet.order(SetRegistrationPolicy("allow-all", [], "allow"))

    assert fleet.ask("reinstalled", VICTIM) == "pending"


def test_a_machine_is_no_duplicate_of_its_own_keys_nor_of_who_copied_them(fleet: Fleet, shown: Shown) -> None:
    fleet.ask("k1", VICTIM)
    allow(fleet, "k1")
    fleet.offer("k1", "k2")
    fleet.forward(HOUR_MS)
    fleet.ask("k1", HARMLESS)
    fleet.ask("copy", HARMLESS)
    fleet.call_in("k2")
    fleet.forward(HOUR_MS)

    fleet.ask("k2", HARMLESS)

    shown.catch_up()
    assert shown.rows()["k2"]["duplicate_of"] == []
    assert shown.rows()["copy"]["duplicate_of"] == ["k1"]
