"""What single orders about the tree would change, whom that touches, and why they would be refused."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from domain.agent import Status
from domain.choice import Choices
from domain.desired_document import AGENT_PREFIX, Assigned, Document
from domain.desired_effect import too_much, touched
from domain.desired_steps import differences_made
from domain.desired_trial import known_in, refusals
from domain.errors import NothingKnown, OrderRefused
from domain.group_name import parts_of
from domain.groups import Group
from domain.ids import ROOT_GROUP
from domain.known_category import check_known
from domain.manifest_room import Applies, loads_below, refusal
from domain.system_tree import SystemTree
from projections.lists import LISTS
from projections.policy_compliance import POLICY_COMPLIANCE
from projections.reports.document import PLACES, Planned, places_of, present_document, standing_of
from projections.reports.tree import Tree, read_tree
from projections.reports.view import View, Views
from projections.system_tree import SYSTEM_TREE

_P = TypeVar("_P")


class Deletion(NamedTuple):
    """What deleting a group would move, into which group, what would end with it; whom something else would apply to.

    ``refusals`` is why it would be refused.
    """

    into: str | None
    agents: int
    groups: int
    ended: list[str]
    touched: int
    refusals: list[str]
    revision: int
    position: int


class OrderPlans:
    """Reads `system_tree` and `policy_compliance`."""

    def __init__(self, views: Views) -> None:
        self._views = views

    def assigned(self, node: str, category: str, said: Assigned | None) -> Planned:
        """An assignment at a group's path, or at ``agent:`` and an id; None ends it."""

        def read(view: View) -> Planned:
            tree = read_tree(view)
            before = present_document(view, tree)
            try:
                wanted = _with(before, (_node(tree, node), category), said)
            except OrderRefused as refused:
                return Planned([], tree.revision, view.position, [str(refused)])
            changes, places = differences_made(before, wanted), places_of(view, tree, wanted)
            numbers, heavy = touched(changes, before, wanted, places), too_much(before, wanted, places)
            why = refusals(before, wanted, standing_of(view, tree, wanted)) + ([heavy] if heavy else [])
            return Planned(list(zip(changes, numbers, strict=True)), tree.revision, view.position, why)

        return self._look(read)

    def deleted(self, path: str, into: str | None) -> Deletion:
        """A group deleted, what it holds moved into another."""

        def read(view: View) -> Deletion:
            tree = read_tree(view)
            try:
                group, heir = _group(tree, path), None if into is None else _group(tree, into)
            except OrderRefused as refused:
                return Deletion(into, 0, 0, [], 0, [str(refused)], tree.revision, view.position)
            held = standing_of(view, tree, Document(frozenset(), {}, {}, {}, (), {})).agents.get(group.id, 0)
            groups, ended = len(group.children), sorted(group.assignments)
            going = None if heir is None else tree.groups.path(heir.id)
            number, why = _delete(view, tree, group, heir, held)
            return Deletion(going, held, groups, ended, number, why, tree.revision, view.position)

        return self._look(read)

    def _look(self, read: Callable[[View], _P]) -> _P:
        return self._views.look([SYSTEM_TREE.name, LISTS.name, POLICY_COMPLIANCE.name], read)


def _with(before: Document, key: tuple[str, str], said: Assigned | None) -> Document:
    """The document with an assignment more, or one less. OrderRefused for what no order can say."""
    others = {each: found for each, found in before.assignments.items() if each != key}
    if said is None and key not in before.assignments:
        check_known(key[1], known_in(before))
    for choice in said.choices if said is not None else ():
        if (key[1], choice.policy) not in before.policies:
            check_known(key[1], known_in(before))
            raise NothingKnown(f"There is no policy {choice.policy} of category {key[1]}.")
    return before._replace(assignments=others if said is None else others | {key: said})


def _delete(view: View, tree: Tree, group: Group, heir: Group | None, agents: int) -> tuple[int, list[str]]:
    """For how many agents something else would apply, and why it would be refused. Changes the tree that was read."""
    path = tree.groups.path(group.id)
    rows = [row for row in view.query(PLACES, (Status.ALLOWED.value,)) if _is_below(tree.path(row["group_id"]), path)]
    before = [_choices(tree, row["group_id"], row["agent_id"]) for row in rows]
    loads = loads_below(tree.groups, ROOT_GROUP, Applies())
    trial = SystemTree.plant()
    trial.groups = tree.groups
    try:
        trial.delete(group.id, None if heir is None else heir.id, agents)
    except OrderRefused as refused:
        return 0, [str(refused)]
    after = [_choices(tree, row["group_id"], row["agent_id"]) for row in rows]
    number = sum(row["agents"] for row, was, will in zip(rows, before, after, strict=True) if was != will)
    heavy = [
        refusal(f"Agents in {tree.groups.path(each)}", load)
        for each, load in loads_below(tree.groups, ROOT_GROUP, Applies()).items()
        if load.worse_than(loads[each])
    ]
    return number, heavy[:1]


def _choices(tree: Tree, group_id: bytes | None, agent_id: bytes | None) -> dict[str, Choices]:
    applies = tree.applies(group_id) if agent_id is None else tree.applies(group_id, bytes(agent_id))
    return {category: each.choices for category, each in applies.items() if each.choices}


def _is_below(place: str, path: str) -> bool:
    return place == path or place.startswith(f"{path}/")


def _node(tree: Tree, node: str) -> str:
    return node if node.startswith(AGENT_PREFIX) else tree.groups.path(_group(tree, node).id)


def _group(tree: Tree, path: str) -> Group:
    found = tree.groups.named(parts_of(path))
    if found is None:
        raise NothingKnown(f"There is no group {path}.")
    return found
