"""Who is in a group and below it is always who is there by the tree itself, whatever people did, however many."""

import random

import pytest

from projections.reports import members
from tests.projections.test_group_history import Grown, _something, grown
from tests.projections.under_test import Room

__all__ = ["grown"]


@pytest.mark.parametrize("few", [0, 10_000])
@pytest.mark.parametrize("seed", range(3))
def test_members_are_those_of_the_tree_after_any_history(
    grown: Grown, room: Room, monkeypatch: pytest.MonkeyPatch, seed: int, few: int
) -> None:
    monkeypatch.setattr(members, "FEW", few)
    chance = random.Random(seed)
    machines = [grown.fleet.register(f"pc-{number}") for number in range(6)]
    for _ in range(40):
        _something(grown, machines, chance)
    room.catch_up()
    reports = room.reports()

    paths = {each.name: grown.path_of(each) for each in machines}

    assert {each["name"]: each["group"] for each in reports.agents().items} == paths
    for group in grown.tree.groups.by_id:
        path = grown.tree.groups.path(group)
        below = {name for name, at in paths.items() if f"{at}/".startswith(f"{path}/".replace("//", "/"))}
        assert {each["name"] for each in reports.agents(group=path).items} == below
