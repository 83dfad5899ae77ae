"""What applies in every group of a tree at once: groups that say nothing themselves share what is above them."""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from domain.choice import Choices
from domain.groups import Group, Groups
from domain.ids import ROOT_GROUP


class _Above(NamedTuple):
    choices: Mapping[str, Choices]
    locked: frozenset[str]


def resolved(groups: Groups) -> dict[UUID, Mapping[str, Choices]]:
    """Choices by category, by group; the very same map for groups where the same applies by inheritance."""
    found: dict[UUID, _Above] = {}
    for group in groups.below(ROOT_GROUP):
        above = _Above({}, frozenset()) if group.parent is None else found[group.parent]
        found[group.id] = _below(above, group)
    return {each: above.choices for each, above in found.items()}


def _below(above: _Above, group: Group) -> _Above:
    own = {name: said for name, said in group.assignments.items() if name not in above.locked}
    if not own:
        return above
    locked = above.locked | {name for name, said in own.items() if said.locked}
    return _Above({**above.choices, **{name: said.choices for name, said in own.items()}}, locked)
