"""The system tree as a snapshot keeps it equals the one its events make, and goes on like it."""

import random
from collections.abc import Callable
from dataclasses import fields
from typing import Any
from uuid import UUID

import msgspec
import pytest

from domain.choice import Choice
from domain.errors import OrderRefused
from domain.groups import Group, Groups
from domain.ids import ROOT_GROUP
from domain.system_tree import CATEGORY, OVERRIDE, POLICY, SystemTree
from domain.tree_state import plain_of, tree_of


def everything(tree: SystemTree) -> dict[str, Any]:
    """All it remembers, comparable."""
    state = {name: value for name, value in vars(tree).items() if name not in ("groups", "_pending_events")}
    return state | vars(tree.groups)


def kept(tree: SystemTree) -> SystemTree:
    stored = msgspec.msgpack.decode(msgspec.msgpack.encode(plain_of(tree)))
    return tree_of(stored, tree.version)


def change(tree: SystemTree, chance: random.Random) -> None:
    """Something somebody might order; refusals are part of it."""
    groups = [*tree.groups.by_id]
    one, other = chance.choice(groups), chance.choice(groups)
    name = f"Group {chance.randrange(30)}"
    category, policy = chance.choice(["file", "ntp"]), chance.choice(["base", "special"])
    when = chance.choice([None, {"network": ["10.0.0.0/8"]}])
    acts: list[Callable[[], object]] = [
        lambda: tree.create(UUID(int=chance.getrandbits(128)), one, name),
        lambda: tree.create(UUID(int=chance.getrandbits(128)), one, name.upper()),
        lambda: tree.rename(one, name),
        lambda: tree.move(one, other),
        lambda: tree.delete(one, other, 3),
        lambda: tree.assign(one, category, (Choice(policy, when),), locked=chance.random() < 0.1),
        lambda: tree.unassign(one, category),
        lambda: tree.revise(POLICY, category=category, name=policy, gone=chance.random() < 0.3),
        lambda: tree.revise(CATEGORY, name=category),
        lambda: tree.revise(OVERRIDE, category=category, agent_id=bytes([chance.randrange(9)] * 16)),
    ]
    try:
        chance.choice(acts)()
    except OrderRefused:
        return


@pytest.mark.parametrize("seed", range(8))
def test_a_kept_tree_equals_the_tree_and_goes_on_like_it(seed: int) -> None:
    chance = random.Random(seed)
    tree = SystemTree.plant()
    for _ in range(400):
        change(tree, chance)

    again = kept(tree)
    assert everything(again) == everything(tree)
    assert [*again.groups.by_id[ROOT_GROUP].children] == [*tree.groups.by_id[ROOT_GROUP].children]

    tree.collect_events()
    for _ in range(100):
        change(tree, chance)
    for each in tree.collect_events():
        each.mutate(again)
    assert everything(again) == everything(tree)


def test_a_tree_with_nothing_in_it_can_be_kept() -> None:
    tree = SystemTree.plant()

    assert everything(kept(tree)) == everything(tree)


def test_whoever_adds_to_the_tree_adds_to_what_is_kept_and_to_its_format() -> None:
    remembered = {name for name in vars(SystemTree.plant()) if name not in ("_id", "_version", "_pending_events")}

    assert remembered == {"_created_on", "_modified_on", "groups", "register"}
    assert set(vars(Groups())) == {"by_id", "heirs"}
    named = ["id", "name", "parent", "changed", "children", "assignments", "said"]
    assert [each.name for each in fields(Group)] == named
