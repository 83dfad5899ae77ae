"""Rules of the system tree: names, places, what may be deleted, locks; random histories keep them all."""

from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain.choice import Choice
from domain.effective import effective
from domain.errors import MalformedOrder, NothingKnown, OrderRefused
from domain.ids import NS, ROOT_GROUP
from domain.resolved import resolved
from domain.system_tree import MAX_DEPTH, SystemTree
from domain.tree_refusals import GroupNotEmpty, GroupWithinItself, LockedAbove, NameTaken, RootStays, TreeTooLarge

STRICT = (Choice("strict"),)
LAX = (Choice("lax"),)


def an_id(number: int) -> UUID:
    return uuid5(NS, f"test/{number}")


SERVERS, LINUX, DESKS = an_id(1), an_id(2), an_id(3)


def a_tree() -> SystemTree:
    """/Servers/Linux and /Desks."""
    tree = SystemTree.plant()
    tree.create(SERVERS, ROOT_GROUP, "Servers")
    tree.create(LINUX, SERVERS, "Linux")
    tree.create(DESKS, ROOT_GROUP, "Desks")
    tree.collect_events()
    return tree


def test_a_group_is_found_by_its_path_whatever_the_case() -> None:
    tree = a_tree()

    assert tree.at("/servers/LINUX").id == LINUX
    assert tree.at("/").id == ROOT_GROUP
    assert tree.groups.path(LINUX) == "/Servers/Linux"
    with pytest.raises(NothingKnown):
        tree.at("/Servers/Windows")


def test_siblings_have_different_names_whatever_the_case() -> None:
    tree = a_tree()

    with pytest.raises(NameTaken):
        tree.create(an_id(9), ROOT_GROUP, "SERVERS")
    with pytest.raises(NameTaken):
        tree.rename(DESKS, "servers")
    assert tree.rename(DESKS, "DESKS")
    assert tree.groups.path(DESKS) == "/DESKS"


@pytest.mark.parametrize("name", ["", "  ", "a/b", "x" * 101, "a\nb"])
def test_a_name_that_cannot_stand_in_a_path_is_refused(name: str) -> None:
    with pytest.raises(MalformedOrder):
        a_tree().create(an_id(9), ROOT_GROUP, name)


def test_a_group_does_not_move_into_itself() -> None:
    tree = a_tree()

    with pytest.raises(GroupWithinItself):
        tree.move(SERVERS, LINUX)
    with pytest.raises(GroupWithinItself):
        tree.move(SERVERS, SERVERS)
    assert not tree.collect_events()


def test_a_group_moves_with_all_below() -> None:
    tree = a_tree()

    assert tree.move(SERVERS, DESKS)

    assert tree.groups.path(LINUX) == "/Desks/Servers/Linux"
    assert not tree.move(SERVERS, DESKS)


def test_the_tree_is_only_so_deep() -> None:
    tree = SystemTree.plant()
    above = ROOT_GROUP
    for number in range(MAX_DEPTH):
        tree.create(an_id(number), above, "deeper")
        above = an_id(number)
    tree.create(an_id(99), ROOT_GROUP, "other")
    tree.create(an_id(98), an_id(99), "below")

    with pytest.raises(TreeTooLarge):
        tree.create(an_id(97), above, "too deep")
    with pytest.raises(TreeTooLarge):
        tree.move(an_id(99), an_id(MAX_DEPTH - 2))


def test_a_group_that_holds_something_is_deleted_only_into_another() -> None:
    tree = a_tree()

    with pytest.raises(GroupNotEmpty):
        tree.delete(SERVERS, None, 0)
    with pytest.raises(GroupNotEmpty):
        tree.delete(LINUX, None, 3)
    with pytest.raises(GroupWithinItself):
        tree.delete(SERVERS, LINUX, 0)

    tree.delete(SERVERS, DESKS, 3)

    assert tree.groups.path(LINUX) == "/Desks/Linux"
    assert tree.groups.living(SERVERS).id == DESKS


def test_agents_of_a_group_deleted_into_one_that_is_deleted_follow() -> None:
    tree = a_tree()
    tree.delete(LINUX, DESKS, 1)
    tree.delete(DESKS, SERVERS, 1)

    assert tree.groups.living(LINUX).id == SERVERS
    assert tree.groups.put_into(SERVERS) == {SERVERS, LINUX, DESKS}


def test_whoever_is_in_a_group_by_deleted_ones_is_found_however_often_those_were_deleted_into_one_another() -> None:
    tree = SystemTree.plant()
    kept, *groups = [an_id(number) for number in range(2_001)]
    for number, group in enumerate([kept, *groups]):
        tree.create(group, ROOT_GROUP, f"g{number}")
        if number > 1:
            tree.delete(groups[number - 2], group, agents=1)

    assert tree.groups.put_into(groups[-1]) == set(groups)
    assert tree.groups.put_into(kept) == {kept}


def test_the_group_above_all_stays_as_it_is() -> None:
    tree = a_tree()

    for decide in (
        lambda: tree.rename(ROOT_GROUP, "x"),
        lambda: tree.move(ROOT_GROUP, DESKS),
        lambda: tree.delete(ROOT_GROUP, DESKS, 0),
    ):
        with pytest.raises(RootStays):
            decide()


def test_the_same_assignment_again_changes_nothing() -> None:
    tree = a_tree()

    assert tree.assign(SERVERS, "file", STRICT, locked=False)
    assert not tree.assign(SERVERS, "file", STRICT, locked=False)
    assert tree.assign(SERVERS, "file", STRICT, locked=True)
    assert tree.unassign(SERVERS, "file")
    assert not tree.unassign(SERVERS, "file")


def test_below_a_lock_nothing_new_is_assigned_and_what_is_there_is_kept() -> None:
    tree = a_tree()
    tree.assign(LINUX, "file", LAX, locked=False)
    tree.assign(ROOT_GROUP, "file", STRICT, locked=True)

    with pytest.raises(LockedAbove):
        tree.assign(DESKS, "file", LAX, locked=False)
    found = effective(tree.way_of(LINUX))["file"]

    assert (found.choices, found.locked_by, len(found.chain)) == (STRICT, "/", 2)
    tree.assign(ROOT_GROUP, "file", STRICT, locked=False)
    assert effective(tree.way_of(LINUX))["file"].choices == LAX


def test_a_choice_behind_one_without_condition_is_refused() -> None:
    with pytest.raises(MalformedOrder):
        a_tree().assign(SERVERS, "file", (Choice("a"), Choice("b")), locked=False)


def test_a_tree_read_back_from_its_events_is_the_same() -> None:
    tree = SystemTree.plant()
    tree.create(SERVERS, ROOT_GROUP, "Servers")
    tree.create(LINUX, SERVERS, "Linux")
    tree.assign(LINUX, "file", (Choice("a", {"network": ["10.0.0.0/8"]}), Choice("b")), locked=True)
    tree.delete(SERVERS, None, 0) if not tree.group(SERVERS).children else tree.move(LINUX, ROOT_GROUP)

    copy: Any = None
    for each in tree.collect_events():
        copy = each.mutate(copy)

    assert copy.groups.by_id == tree.groups.by_id
    assert copy.version == tree.version


class Trees(RuleBasedStateMachine):
    """Random orders against a plain model: parent and name of each group."""

    @initialize()
    def plant(self) -> None:
        self.tree = SystemTree.plant()
        self.model: dict[UUID, tuple[UUID, str]] = {}
        self.assigned: dict[tuple[UUID, str], tuple[str, bool]] = {}
        self.made = 0

    def known(self, number: int) -> UUID:
        groups = [ROOT_GROUP, *self.model]
        return groups[number % len(groups)]

    def siblings(self, parent: UUID) -> set[str]:
        return {name.casefold() for above, name in self.model.values() if above == parent}

    def way(self, group: UUID) -> list[UUID]:
        way = [group]
        while way[-1] != ROOT_GROUP:
            way.append(self.model[way[-1]][0])
        return way

    @rule(parent=st.integers(0, 30), name=st.sampled_from(["a", "A", "b", "c"]))
    def create(self, parent: int, name: str) -> None:
        self.made += 1
        above, new = self.known(parent), an_id(1_000 + self.made)
        try:
            self.tree.create(new, above, name)
        except NameTaken:
            assert name.casefold() in self.siblings(above)
        except TreeTooLarge:
            assert len(self.way(above)) > MAX_DEPTH
        else:
            assert name.casefold() not in self.siblings(above)
            self.model[new] = (above, name)

    @rule(group=st.integers(0, 30), parent=st.integers(0, 30))
    def move(self, group: int, parent: int) -> None:
        moved, above = self.known(group), self.known(parent)
        try:
            self.tree.move(moved, above)
        except OrderRefused:
            return
        assert moved not in self.way(above)
        self.model[moved] = (above, self.model[moved][1])

    @rule(group=st.integers(0, 30), into=st.none() | st.integers(0, 30))
    def delete(self, group: int, into: int | None) -> None:
        gone, heir = self.known(group), None if into is None else self.known(into)
        before = self.tree.version
        try:
            self.tree.delete(gone, heir, 0)
        except OrderRefused:
            if heir is None and gone != ROOT_GROUP:
                assert self.siblings(gone)
            assert self.tree.version == before
            return
        for child, (above, name) in list(self.model.items()):
            if above == gone:
                assert heir is not None
                self.model[child] = (heir, name)
        del self.model[gone]
        self.assigned = {key: value for key, value in self.assigned.items() if key[0] != gone}

    @rule(group=st.integers(0, 30), policy=st.sampled_from(["p", "q"]), locked=st.booleans())
    def assign(self, group: int, policy: str, locked: bool) -> None:
        node = self.known(group)
        try:
            self.tree.assign(node, "file", (Choice(policy),), locked=locked)
        except LockedAbove:
            assert any(self.assigned.get((each, "file"), ("", False))[1] for each in self.way(node)[1:])
            return
        self.assigned[node, "file"] = (policy, locked)

    @rule(group=st.integers(0, 30))
    def unassign(self, group: int) -> None:
        node = self.known(group)
        assert self.tree.unassign(node, "file") == (self.assigned.pop((node, "file"), None) is not None)

    @invariant()
    def there_are_no_circles_and_no_doubles(self) -> None:
        for group, (parent, name) in self.model.items():
            assert self.tree.group(group).parent == parent
            assert self.tree.groups.path(group).endswith(f"/{name}")
            assert len(self.way(group)) - 1 <= MAX_DEPTH
        for parent in (ROOT_GROUP, *self.model):
            names = [name.casefold() for above, name in self.model.values() if above == parent]
            assert len(names) == len(set(names))

    @invariant()
    def the_nearest_assignment_counts_unless_a_lock_is_above(self) -> None:
        for group in (ROOT_GROUP, *self.model):
            down = self.way(group)[::-1]
            said = [self.assigned[each, "file"] for each in down if (each, "file") in self.assigned]
            locked = [policy for policy, is_locked in said if is_locked]
            wanted = (locked[0] if locked else said[-1][0]) if said else None
            found = effective(self.tree.way_of(group)).get("file")
            assert (None if found is None else found.choices[0].policy) == wanted
            at_once = resolved(self.tree.groups)[group].get("file")
            assert at_once == (None if found is None else found.choices)


TestTrees = Trees.TestCase
TestTrees.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
