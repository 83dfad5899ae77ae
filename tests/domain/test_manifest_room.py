"""What a manifest has room for, counted group by group."""

import random
from uuid import UUID

import pytest

from domain.choice import Assignment, Choice
from domain.effective import effective
from domain.groups import Groups
from domain.ids import ROOT_GROUP
from domain.manifest_room import MOST_BYTES, MOST_ITEMS, Applies, Load, applies_at, load_of, load_of_all, loads_below

CATEGORIES = ("a", "b", "task/c")


def an_assignment(chance: random.Random) -> Assignment:
    choices = tuple(Choice(f"p{number}", {"network": ["10.0.0.0/8"]}) for number in range(chance.randrange(4)))
    return Assignment(choices, chance.random() < 0.3)


def a_tree(chance: random.Random) -> Groups:
    """Twenty groups anywhere, each of which may say something of each category."""
    groups = Groups()
    for number in range(1, 21):
        groups.add(UUID(int=number), chance.choice(list(groups.by_id)), f"g{number}", 0)
    for group in groups.by_id.values():
        group.assignments = {each: an_assignment(chance) for each in CATEGORIES if chance.random() < 0.5}
    return groups


@pytest.mark.parametrize("seed", range(20))
def test_a_group_weighs_what_applies_there_with_and_without_something_of_its_own(seed: int) -> None:
    chance = random.Random(seed)
    groups, own = a_tree(chance), {each: an_assignment(chance)._replace(locked=False) for each in CATEGORIES[:2]}

    found = loads_below(groups, ROOT_GROUP, Applies())

    assert set(found) == set(groups.by_id)
    for each, load in found.items():
        applies = applies_at(groups.way_to(each))
        for of_agent, weight in (({}, load), (own, applies.with_own(own))):
            there = effective(groups.nodes(each), of_agent)
            assert weight == load_of_all({category: one.choices for category, one in there.items()})
        assert applies.load == load


def test_every_choice_weighs_for_itself_by_the_bytes_of_its_name_and_condition() -> None:
    plain = load_of("file", (Choice("motd"),))
    conditional = load_of("file", (Choice("motd", {"network": ["10.0.0.0/8"]}), Choice("motd")))

    assert plain == Load(1, 1 + 18 + 7 + 5 + 5 + 5 + 34 + 1)
    assert conditional == Load(2, 2 * plain.size - 1 + len(b"\x81\xa7network\x91\xaa10.0.0.0/8"))


def test_only_more_of_what_is_too_much_is_worse() -> None:
    items, size = Load(MOST_ITEMS + 5, 10), Load(5, MOST_BYTES + 5)

    assert not Load(MOST_ITEMS, MOST_BYTES).too_much
    assert items.too_much
    assert size.too_much
    assert items.worse_than(Load(MOST_ITEMS + 4, 10))
    assert size.worse_than(Load(5, MOST_BYTES + 4))
    assert not items.worse_than(Load(MOST_ITEMS + 5, 0))
    assert not size.worse_than(Load(0, MOST_BYTES + 6))
    assert not Load(MOST_ITEMS, MOST_BYTES).worse_than(Load())


def test_it_is_told_how_much_there_is_and_how_much_there_may_be() -> None:
    assert Load(4_100, 5).told() == "4,100 policies and tasks, and a manifest carries 4,080"
    assert "477 KiB" in Load(5, MOST_BYTES + 1).told()
