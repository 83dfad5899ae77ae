"""Agents that are assigned more than a manifest carries show as such, over both databases."""

import pytest

from domain.choice import Choice
from domain.policy import Policy
from domain.system_tree import POLICY
from projections.reports.listing import Wanted
from tests.projections.test_desired_state import MOTD, SERVERS, STRICT, Planted
from tests.projections.under_test import Room
from wire.msgspec_codec import MsgspecCodec

MOST = "with their conditions, and a manifest carries 476"


@pytest.fixture
def planted(room: Room) -> Planted:
    """Besides, /Servers assigns a policy under conditions that no manifest has room for."""
    found = Planted(room)
    when = [{"property": {f"p{number}": ["x" * 254] * 63}} for number in range(32)]
    found.fleet.append_of(Policy.create("vpn", "home", MsgspecCodec().encode({}), ""))
    found.tree.revise(POLICY, category="vpn", name="home")
    found.tree.assign(SERVERS, "vpn", tuple(Choice("home", each) for each in when), locked=False)
    found.fleet.append_of(found.tree)
    return found


def test_the_counts_name_where_they_are_how_many_and_why(planted: Planted) -> None:
    one, two = planted.agent("one"), planted.agent("two")
    planted.place(one, SERVERS)
    planted.place(two, SERVERS)
    planted.override(two, "motd")
    planted.agent("elsewhere")
    planted.counts()

    found = planted.room.reports().desired.compliance.counts()["not_told"]

    told = {each["at"]: (each["agents"], MOST in each["why"]) for each in found}
    assert told == {"/Servers": (1, True), f"agent {two.agent_id}": (1, True)}


def test_what_an_agent_does_not_hold_of_it_is_not_told_and_what_it_holds_stays_delivered(planted: Planted) -> None:
    machine = planted.agent("one")
    planted.agent("elsewhere")
    planted.place(machine, SERVERS)
    planted.hold(machine, MOTD, STRICT)
    planted.fleet.full_properties(machine, {"p7": "x" * 254})
    planted.counts()
    desired = planted.room.reports().desired

    found = desired.agents.one("one")
    rows = desired.compliance.page(Wanted(limit=10), state="not told").items

    why = found["not_told"]
    assert MOST in why
    shown = {each["category"]: (each["state"], each["detail"]) for each in found["categories"]}
    assert shown == {"file": ("delivered", ""), "vpn": ("not told", why)}
    assert [(row["name"], row["category"], row["detail"]) for row in rows] == [("one", "vpn", why)]
    assert desired.agents.one("elsewhere")["not_told"] is None
