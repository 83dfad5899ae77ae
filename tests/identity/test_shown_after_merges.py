"""What people are shown of machines that replaced their keys, were merged, and came apart again."""

import pytest

from domain.orders import (
    AllowRegistration,
    BlockRegistration,
    MergeRegistration,
    RevokeRegistration,
    SplitRegistration,
)
from tests.identity.fleet import Fleet
from tests.identity.shown import Shown

CLAIMS = {"name": "pc-1", "resources": {}}
MONTHS_3_MS = 100 * 86_400_000


@pytest.fixture
def merged(fleet: Fleet) -> Fleet:
    """Machine `a` is part of machine `r` since a person found that both are one."""
    for name in ("r", "a"):
        fleet.ask(name, CLAIMS)
        allow(fleet, name)
    order(fleet, MergeRegistration(fleet.agents["a"].fingerprint, fleet.agents["r"].fingerprint, "reinstalled"))
    return fleet


def order(fleet: Fleet, command: object) -> None:
    assert fleet.order(command) == "done"  # type: ignore[arg-type]


def allow(fleet: Fleet, name: str) -> None:
    order(fleet, AllowRegistration(fleet.agents[name].fingerprint, "known"))


def revoke(fleet: Fleet, name: str) -> None:
    order(fleet, RevokeRegistration(fleet.agents[name].fingerprint, "lost"))


def split(fleet: Fleet, name: str) -> None:
    order(fleet, SplitRegistration(fleet.agents[name].fingerprint, "two machines"))


def test_a_key_offered_by_a_merged_machine_is_shown_where_the_machine_is(merged: Fleet, shown: Shown) -> None:
    merged.offer("a", "a2")
    merged.call_in("a2")

    shown.catch_up()

    rows, [agent] = shown.rows(), shown.agents().values()
    assert {row["agent"] for row in rows.values()} == {rows["r"]["agent"]}
    assert (rows["a2"]["merged_into"], rows["a"]["replaced_by"]) == ("r", "a2")
    assert (agent["key"], agent["call_ins"]) == ("a2", 1)
    assert [each["topic"] for each in shown.timeline("r")].count("Registration.Requested") == 3


def test_what_a_merged_machine_replaced_goes_with_it_when_the_merge_is_undone(merged: Fleet, shown: Shown) -> None:
    merged.offer("a", "a2")
    merged.call_in("a2")
    split(merged, "a2")

    shown.catch_up()

    rows = shown.rows()
    assert rows["a"]["agent"] == rows["a2"]["agent"] != rows["r"]["agent"]
    assert sorted(shown.listed()) == ["a2", "r"]
    assert {each["key"] for each in shown.agents().values()} == {"a2", "r"}


def test_a_machine_with_several_keys_is_one_entry_of_lists_and_counts(fleet: Fleet, shown: Shown) -> None:
    fleet.ask("k1", CLAIMS)
    allow(fleet, "k1")
    fleet.offer("k1", "k2")
    shown.catch_up()
    offered = shown.listed()
    fleet.call_in("k2")

    shown.catch_up()

    assert (offered, shown.listed(), shown.listed(merged=True)) == (["k1"], ["k2"], ["k1"])
    assert shown.reports.registration_counts()["Allowed"] == 1


def test_an_offer_that_another_replaced_is_shown_as_replaced(fleet: Fleet, shown: Shown) -> None:
    fleet.ask("k1", CLAIMS)
    allow(fleet, "k1")
    fleet.offer("k1", "k2")
    fleet.offer("k1", "k3")

    shown.catch_up()

    rows = shown.rows()
    assert (rows["k2"]["replaced_by"], rows["k2"]["actions"]) == ("k3", [])
    assert (rows["k1"]["replaced_by"], rows["k3"]["replaced_by"]) == (None, None)


def test_an_offered_key_is_not_the_agents_key_before_it_was_used(merged: Fleet, shown: Shown) -> None:
    split(merged, "a")
    merged.offer("a", "a2")
    merged.ask("a2", CLAIMS)
    order(merged, MergeRegistration(merged.agents["a"].fingerprint, merged.agents["r"].fingerprint, "one after all"))

    shown.catch_up()

    [agent] = shown.agents().values()
    assert agent["key"] == "a"


def test_who_revoked_both_is_shown_of_both_after_the_merge_is_undone(merged: Fleet, shown: Shown) -> None:
    fingerprint = merged.agents["r"].fingerprint
    assert merged.room.order(RevokeRegistration(fingerprint, "stolen"), operator="otto").outcome == "done"
    split(merged, "a")

    shown.catch_up()

    rows = shown.rows()
    assert [(rows[name]["status"], rows[name]["decided_by"]) for name in "ar"] == [("Revoked", "operator:otto")] * 2


@pytest.mark.parametrize(("revoked_before", "leaves"), [(True, True), (False, False)])
def test_only_what_was_revoked_itself_or_while_it_was_merged_stays_in_the_list_for_ever(
    fleet: Fleet, shown: Shown, revoked_before: bool, leaves: bool
) -> None:
    fleet.ask("r", CLAIMS)
    allow(fleet, "r")
    fleet.ask("a", CLAIMS)
    merge = MergeRegistration(fleet.agents["a"].fingerprint, fleet.agents["r"].fingerprint, "reinstalled")
    if not revoked_before:
        order(fleet, merge)
    revoke(fleet, "r")
    allow(fleet, "r")
    if revoked_before:
        order(fleet, merge)
    split(fleet, "a")
    order(fleet, BlockRegistration(fleet.agents["a"].fingerprint, "unknown"))

    fleet.forward(MONTHS_3_MS)

    shown.catch_up()
    assert shown.rows()["a"]["left_the_list"] is leaves
