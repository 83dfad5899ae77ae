"""Refuses an order by which agents would be assigned more than a manifest carries, as far as that is told by the tree.

What is too much already may stay so or get less, never more. Agents with something of their own are judged when that
is given to them, when they are moved and by a whole document, not with every order about their groups.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

from domain.choice import Assignment
from domain.groups import Group, Groups
from domain.ids import ROOT_GROUP
from domain.manifest_room import Applies, Load, Says, applies_at, loads_below, refusal
from domain.placement import Placement
from domain.tree_refusals import TooMuchAssigned
from handlers.draft import Draft


def check_assignment(draft: Draft, group: Group, category: str, said: Assignment | None) -> None:
    """A group is to say this of a category, None for nothing. TooMuchAssigned."""

    def says(other: Group) -> Mapping[str, Assignment]:
        if other is not group:
            return other.assignments
        others = {name: each for name, each in group.assignments.items() if name != category}
        return others if said is None else others | {category: said}

    _check_below(draft.tree.groups, group.id, draft.tree.groups.way_to(group.id)[:-1], says)


def check_move(draft: Draft, moved: Iterable[UUID], into: UUID) -> None:
    """These groups are to be in another. TooMuchAssigned."""
    for each in moved:
        _check_below(draft.tree.groups, each, draft.tree.groups.way_to(into))


def check_override(draft: Draft, agent_id: UUID, category: str, said: Assignment | None) -> None:
    """An agent is to have this of its own of a category, None for nothing. TooMuchAssigned."""
    placement = draft.placement(agent_id)
    own = {name: each for name, each in _own(placement).items() if name != category}
    _check_agent(draft, agent_id, _applies_to(draft, placement), own if said is None else own | {category: said})


def check_place(draft: Draft, agents: Iterable[UUID], group: Group) -> None:
    """These agents are to be in a group. TooMuchAssigned."""
    there = applies_at(draft.tree.groups.way_to(group.id))
    for each in agents:
        _check_agent(draft, each, there, _own(draft.placement(each)))


def loads(draft: Draft) -> dict[UUID, Load]:
    """Of every group, and of every agent that has something of its own."""
    found = loads_below(draft.tree.groups, ROOT_GROUP, Applies())
    there: dict[UUID, Applies] = {}
    for each in {UUID(bytes=agent) for agent, _ in draft.tree.register.overrides}:
        placement = draft.placement(each)
        group = _group_of(draft, placement)
        # Once for each group: everything that applies there is weighed, and many agents may be in one.
        if group.id not in there:
            there[group.id] = applies_at(draft.tree.groups.way_to(group.id))
        found[each] = there[group.id].with_own(_own(placement))
    return found


def check_growth(draft: Draft, before: Mapping[UUID, Load]) -> None:
    """All that was decided in this draft, against what ``loads`` told before. TooMuchAssigned."""
    for each, load in loads(draft).items():
        if load.too_much and load.worse_than(before.get(each, Load())):
            group = draft.tree.groups.get(each)
            whose = f"Agent {each}" if group is None else f"Agents in {draft.tree.groups.path(each)}"
            raise TooMuchAssigned(refusal(whose, load))


def _check_below(groups: Groups, top: UUID, way: Iterable[Group], says: Says = lambda group: group.assignments) -> None:
    after = loads_below(groups, top, applies_at(way), says)
    if not any(load.too_much for load in after.values()):
        return
    before = loads_below(groups, top, applies_at(groups.way_to(top)[:-1]))
    for each, load in after.items():
        if load.worse_than(before[each]):
            raise TooMuchAssigned(refusal(f"Agents in {groups.path(each)}", load))


def _check_agent(draft: Draft, agent_id: UUID, there: Applies, own: Mapping[str, Assignment]) -> None:
    load = there.with_own(own)
    if load.too_much and load.worse_than(_load_of(draft, draft.placement(agent_id))):
        raise TooMuchAssigned(refusal(f"Agent {agent_id}", load))


def _load_of(draft: Draft, placement: Placement | None) -> Load:
    return _applies_to(draft, placement).with_own(_own(placement))


def _applies_to(draft: Draft, placement: Placement | None) -> Applies:
    return applies_at(draft.tree.groups.way_to(_group_of(draft, placement).id))


def _group_of(draft: Draft, placement: Placement | None) -> Group:
    return draft.tree.groups.living(placement.group_id if placement else None)


def _own(placement: Placement | None) -> Mapping[str, Assignment]:
    return placement.overrides if placement else {}
