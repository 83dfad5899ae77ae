"""How much an agent can be assigned: what a manifest has room for, judged before anybody is told. Pure.

A version counts as long as it can grow in practice: that a policy is written anew never brings an agent over the limit.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

import msgspec

from domain.choice import Assignment, Choices
from domain.groups import Group, Groups
from domain.policy import kind_of

MOST_ITEMS = 4_080
"""Policies and tasks of one agent, each choice counted. The rest of a manifest's 4,096 items is for the lists."""
MOST_BYTES = 476 * 1024
"""As they stand in the manifest: category, name and condition of each, 60 bytes besides, and no contents."""
_ID, _VERSION, _DIGEST = bytes(16), 2**32 - 1, bytes(32)
_encode = msgspec.msgpack.Encoder().encode
Says = Callable[[Group], Mapping[str, Assignment]]


class Load(NamedTuple):
    """What an agent is assigned, as its manifest counts it."""

    items: int = 0
    size: int = 0

    @property
    def too_much(self) -> bool:
        """It fits into no manifest."""
        return self.items > MOST_ITEMS or self.size > MOST_BYTES

    def worse_than(self, before: "Load") -> bool:
        """It is too much, and more of just that than before."""
        more_items, more_bytes = self.items > before.items, self.size > before.size
        return (self.items > MOST_ITEMS and more_items) or (self.size > MOST_BYTES and more_bytes)

    def told(self) -> str:
        """How much it is, and how much there may be."""
        if self.items > MOST_ITEMS:
            return f"{self.items:,} policies and tasks, and a manifest carries {MOST_ITEMS:,}"
        size, most = -(-self.size // 1024), MOST_BYTES // 1024
        return f"policies and tasks that take {size} KiB to name with their conditions, and a manifest carries {most}"


def refusal(whose: str, load: Load) -> str:
    """The sentence to who would assign so much to these agents: where, how much, what to do."""
    return (
        f"{whose} would be assigned {load.told()}: assign less there or above, or give those who do not need all of it"
        " a group of their own."
    )


def load_of(category: str, choices: Choices) -> Load:
    """What the choices of one category weigh; those whose condition does not hold travel too."""
    kind = kind_of(category)
    return Load(
        len(choices),
        sum(len(_encode((_ID, kind, category, each.policy, _VERSION, _DIGEST, each.when))) for each in choices),
    )


def load_of_all(choices: Mapping[str, Choices]) -> Load:
    """The same for what applies of all categories."""
    loads = [load_of(category, each) for category, each in choices.items()]
    return Load(sum(each.items for each in loads), sum(each.size for each in loads))


class _Counts(NamedTuple):
    load: Load
    locked: bool


class Applies:
    """What applies at the end of a way through the tree, category by category, as far as it weighs anything."""

    def __init__(self) -> None:
        self.load = Load()
        self._counts: dict[str, _Counts] = {}

    def enter(self, said: Mapping[str, Assignment]) -> list[tuple[str, _Counts | None]]:
        """Go on into a group that says this; returns what ``leave`` needs."""
        before = []
        for category, assignment in said.items():
            above = self._counts.get(category)
            if above is None or not above.locked:
                before.append((category, above))
                self._set(category, _Counts(load_of(category, assignment.choices), assignment.locked))
        return before

    def leave(self, before: Iterable[tuple[str, _Counts | None]]) -> None:
        """Go back out of the group."""
        for category, above in before:
            self._set(category, above)

    def with_own(self, own: Mapping[str, Assignment]) -> Load:
        """What an agent here has that says this for itself."""
        before = self.enter(own)
        found = self.load
        self.leave(before)
        return found

    def _set(self, category: str, counts: _Counts | None) -> None:
        was = self._counts.pop(category, None)
        if counts is not None:
            self._counts[category] = counts
        gone, come = was.load if was else Load(), counts.load if counts else Load()
        self.load = Load(self.load.items - gone.items + come.items, self.load.size - gone.size + come.size)


def applies_at(way: Iterable[Group], says: Says = lambda group: group.assignments) -> Applies:
    """What applies at the end of this way; ``says`` may tell of a group what it does not say yet."""
    found = Applies()
    for group in way:
        found.enter(says(group))
    return found


def loads_below(
    groups: Groups, top: UUID, above: Applies, says: Says = lambda group: group.assignments
) -> dict[UUID, Load]:
    """What agents in a group and in each one below it would have, were ``above`` what applies above it."""
    found: dict[UUID, Load] = {}

    def walk(group: Group) -> None:
        before = above.enter(says(group))
        found[group.id] = above.load
        for child in group.children.values():
            walk(groups.by_id[child])
        above.leave(before)

    walk(groups.by_id[top])
    return found
