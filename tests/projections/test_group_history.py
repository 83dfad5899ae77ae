"""What became of the groups an agent was in stands in its own timeline, as it was at the time."""

import random
from typing import Any
from uuid import UUID, uuid5

import pytest

from domain.errors import OrderRefused
from domain.ids import NS, ROOT_GROUP
from domain.placement import Placement
from domain.system_tree import SystemTree
from tests.projections.fleet_log import Machine
from tests.projections.under_test import Room

A, B, C, D = (uuid5(NS, f"test/{name}") for name in "abcd")
SHOWN = ("Placement.", "SystemTree.", "Agent.MergedInto", "Agent.Separated")


class Grown:
    """/A/B/C and /D, and verbs for what people do with groups and places, each an order of its own."""

    def __init__(self, room: Room) -> None:
        self.room, self.fleet = room, room.fleet
        self.tree = SystemTree.plant()
        for group, parent, name in ((A, ROOT_GROUP, "A"), (B, A, "B"), (C, B, "C"), (D, ROOT_GROUP, "D")):
            self.tree.create(group, parent, name)
        self.fleet.append_of(self.tree)
        self.placements: dict[UUID, Placement] = {}

    def place(self, machine: Machine, group: UUID) -> None:
        known = self.placements.get(machine.agent_id)
        if known is None:
            known = self.placements[machine.agent_id] = Placement.begin(machine.agent_id, group)
        else:
            known.move(group)
        self.fleet.append_of(known)

    def ordered(self, act: Any) -> None:
        act(self.tree)
        self.fleet.append_of(self.tree)

    def path_of(self, machine: Machine) -> str:
        known = self.placements.get(machine.agent_id)
        groups = self.tree.groups
        return groups.path(groups.living(known.group_id if known else None).id)

    def timeline(self, ref: str, limit: int = 1000) -> list[dict[str, Any]]:
        """What happened to the places of an agent."""
        self.room.catch_up()
        items, cursor = [], None
        while True:
            page = self.room.reports().timeline(ref, limit=limit, cursor=cursor)
            items += page.items
            if (cursor := page.next) is None:
                return [each for each in items if each["topic"].startswith(SHOWN)]

    def told(self, ref: str) -> list[tuple[str, dict[str, Any]]]:
        return [(each["topic"].split(".")[1], each["facts"]) for each in self.timeline(ref)]


@pytest.fixture
def grown(room: Room) -> Grown:
    return Grown(room)


def test_agents_of_a_deleted_group_are_told_where_they_are_now_by_whom_and_when(grown: Grown) -> None:
    machine, other = grown.fleet.register("pc"), grown.fleet.register("other")
    grown.place(machine, B)
    grown.place(other, D)

    grown.ordered(lambda tree: tree.delete(B, D, 1))

    placed, deleted = grown.timeline("pc")
    assert placed["facts"]["group"] == "/A/B"
    assert deleted["topic"] == "SystemTree.GroupDeleted"
    assert deleted["facts"] == {"group": "/A/B", "into": "/D", "was_in": "/A/B", "is_in": "/D"}
    assert (deleted["who"], deleted["position"] > placed["position"]) == ("operator:ann", True)
    assert deleted["at"].startswith("2027-")
    assert [topic for topic, _ in grown.told("other")] == ["Begun"]


def test_an_agent_below_sees_that_its_group_moved_when_the_one_above_was_deleted(grown: Grown) -> None:
    machine = grown.fleet.register("pc")
    grown.place(machine, C)

    grown.ordered(lambda tree: tree.delete(B, D, 0))

    assert grown.told("pc")[1:] == [
        ("GroupMoved", {"group": "/A/B/C", "into": "/D", "was_in": "/A/B/C", "is_in": "/D/C"})
    ]


def test_a_group_above_that_is_renamed_or_moved_is_seen_by_all_below(grown: Grown) -> None:
    machine = grown.fleet.register("pc")
    grown.place(machine, C)

    grown.ordered(lambda tree: tree.rename(A, "Alpha"))
    grown.ordered(lambda tree: tree.move(B, D))
    grown.ordered(lambda tree: tree.rename(A, "A again"))
    grown.ordered(lambda tree: tree.rename(D, "Delta"))

    assert grown.told("pc") == [
        ("Begun", {"agent_id": str(machine.agent_id), "group": "/A/B/C"}),
        ("GroupRenamed", {"group": "/A", "name": "Alpha", "was_in": "/A/B/C", "is_in": "/Alpha/B/C"}),
        ("GroupMoved", {"group": "/Alpha/B", "into": "/D", "was_in": "/Alpha/B/C", "is_in": "/D/B/C"}),
        ("GroupRenamed", {"group": "/D", "name": "Delta", "was_in": "/D/B/C", "is_in": "/Delta/B/C"}),
    ]


def test_what_befalls_a_group_before_an_agent_came_or_after_it_left_is_not_its_own(grown: Grown) -> None:
    machine = grown.fleet.register("pc")
    grown.ordered(lambda tree: tree.rename(B, "Before"))
    grown.place(machine, B)
    grown.ordered(lambda tree: tree.rename(B, "While"))
    grown.place(machine, D)
    grown.ordered(lambda tree: tree.rename(B, "After"))
    grown.ordered(lambda tree: tree.rename(A, "Above"))

    told = grown.told("pc")

    assert [topic for topic, _ in told] == ["Begun", "GroupRenamed", "Moved"]
    assert [facts["group"] for _, facts in told] == ["/A/Before", "/A/Before", "/D"]


def test_agents_of_a_group_whose_heirs_were_deleted_in_turn_a_thousand_times_are_told_of_each(grown: Grown) -> None:
    machine, home, times = grown.fleet.register("pc"), D, 1_100
    grown.place(machine, home)

    for number in range(times):
        heir = uuid5(NS, f"test/heir {number}")
        grown.tree.create(heir, ROOT_GROUP, f"heir {number}")
        grown.tree.delete(home, heir, agents=1)
        home = heir
    grown.fleet.append_of(grown.tree)

    deleted = [facts for name, facts in grown.told("pc") if name == "GroupDeleted"]
    assert [facts["is_in"] for facts in deleted] == [f"/heir {number}" for number in range(times)]


def test_an_agent_that_nobody_placed_sees_nothing_of_the_tree(grown: Grown) -> None:
    grown.fleet.register("pc")

    grown.ordered(lambda tree: tree.move(A, D))

    assert grown.told("pc") == []


def test_while_an_agent_is_another_one_its_groups_are_not_its_own(grown: Grown) -> None:
    first, second = grown.fleet.register("first"), grown.fleet.register("second")
    grown.fleet.allow(first)
    grown.place(first, A)
    grown.place(second, D)
    grown.ordered(lambda tree: tree.rename(D, "Delta"))
    grown.fleet.merge(second, first)
    grown.ordered(lambda tree: tree.rename(D, "Seen by nobody"))
    grown.ordered(lambda tree: tree.rename(A, "Alpha"))

    told = [(topic, facts.get("name")) for topic, facts in grown.told("first")]

    assert told == [
        ("Begun", None),
        ("Begun", None),
        ("GroupRenamed", "Delta"),
        ("MergedInto", None),
        ("GroupRenamed", "Alpha"),
    ]


def test_an_agent_that_is_itself_again_is_where_it_was_before(grown: Grown) -> None:
    first, second = grown.fleet.register("first"), grown.fleet.register("second")
    grown.fleet.allow(first)
    grown.place(second, D)
    grown.fleet.merge(second, first)
    grown.ordered(lambda tree: tree.rename(D, "Seen by nobody"))
    grown.fleet.split(second, first)
    grown.ordered(lambda tree: tree.rename(D, "Delta"))

    told = [(topic, facts.get("name"), facts.get("group")) for topic, facts in grown.told("second")]

    assert told == [
        ("Begun", None, "/D"),
        ("MergedInto", None, None),
        ("Separated", None, "/Seen by nobody"),
        ("GroupRenamed", "Delta", "/Seen by nobody"),
    ]


def test_one_change_that_met_both_of_two_merged_agents_is_told_once(grown: Grown) -> None:
    first, second = grown.fleet.register("first"), grown.fleet.register("second")
    grown.fleet.allow(first)
    grown.place(first, A)
    grown.place(second, B)
    grown.ordered(lambda tree: tree.rename(A, "Alpha"))
    grown.fleet.merge(second, first)

    (renamed,) = [facts for topic, facts in grown.told("first") if topic == "GroupRenamed"]

    assert (renamed["was_in"], renamed["is_in"]) == ("/A", "/Alpha")


def test_pages_of_a_timeline_hold_each_change_once(grown: Grown) -> None:
    machine = grown.fleet.register("pc")
    grown.place(machine, C)
    for number in range(5):
        grown.ordered(lambda tree, name=f"A{number}": tree.rename(A, name))
        grown.fleet.call_in(machine)

    whole, paged = grown.timeline("pc"), grown.timeline("pc", limit=2)

    assert [each["facts"] for each in paged] == [each["facts"] for each in whole]
    assert len(whole) == 6


@pytest.mark.parametrize("seed", range(4))
def test_the_ways_of_agents_are_told_as_they_were_whatever_people_do(grown: Grown, seed: int) -> None:
    chance = random.Random(seed)
    machines = [grown.fleet.register(f"pc-{number}") for number in range(4)]
    expected: dict[str, list[tuple[str, str]]] = {each.name: [] for each in machines}
    for _ in range(60):
        before = {each.name: grown.path_of(each) for each in machines}
        placed = _something(grown, machines, chance)
        for each in machines:
            if placed is each or grown.path_of(each) != before[each.name]:
                expected[each.name].append((before[each.name] if placed is not each else "", grown.path_of(each)))

    for machine in machines:
        told = [(facts.get("was_in", ""), facts.get("is_in", facts["group"])) for _, facts in grown.told(machine.name)]
        assert told == expected[machine.name]


def _something(grown: Grown, machines: list[Machine], chance: random.Random) -> Machine | None:
    """One order, which may be refused; the machine it placed, if it placed one."""
    groups = [*grown.tree.groups.by_id]
    one, other = chance.choice(groups), chance.choice(groups)
    act = chance.randrange(6)
    if act == 0:
        machine = chance.choice(machines)
        known = grown.placements.get(machine.agent_id)
        if known is not None and known.group_id == one:
            return None
        grown.place(machine, one)
        return machine
    try:
        grown.ordered(
            [
                lambda tree: tree.create(UUID(int=chance.getrandbits(128)), one, f"g{chance.randrange(20)}"),
                lambda tree: tree.create(UUID(int=chance.getrandbits(128)), one, f"g{chance.randrange(20)}"),
                lambda tree: tree.rename(one, f"g{chance.randrange(20)}"),
                lambda tree: tree.move(one, other),
                lambda tree: tree.delete(one, other, 1),
            ][act - 1]
        )
    except OrderRefused:
        grown.tree.collect_events()
    return None
