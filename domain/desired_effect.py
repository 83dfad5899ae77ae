"""What a document of the desired state means for agents, wherever they are: to count whom a change would touch."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID, uuid5

from domain.choice import Assignment, Choices
from domain.desired_document import AGENT_PREFIX, Change, Document
from domain.effective import effective
from domain.groups import Groups
from domain.ids import NS, ROOT_GROUP
from domain.manifest_room import Applies, Load, applies_at, loads_below, refusal


class Place(NamedTuple):
    """Where agents are: a group, or one agent with assignments of its own in either document."""

    path: str
    agent: str = ""


class Effects:
    """What applies at places by one document."""

    def __init__(self, document: Document) -> None:
        self._groups = Groups()
        self._ids: dict[str, UUID] = {"/": ROOT_GROUP}
        for path in sorted(document.groups, key=lambda each: each.count("/")):
            above, _, name = path.rpartition("/")
            self._ids[path] = uuid5(NS, f"path/{path}")
            self._groups.add(self._ids[path], self._ids[above or "/"], name, 0)
        self._own: dict[str, dict[str, Assignment]] = {}
        for (node, category), said in document.assignments.items():
            made = Assignment(said.choices, said.locked)
            if node.startswith(AGENT_PREFIX):
                self._own.setdefault(node.removeprefix(AGENT_PREFIX), {})[category] = made
            else:
                self._groups.by_id[self._ids[node]].assignments[category] = made
        self._known: dict[Place, dict[str, Choices]] = {}

    def at(self, place: Place) -> dict[str, Choices]:
        """Choices by category; nothing at a group that is not there."""
        if place not in self._known:
            self._known[place] = self._made(place)
        return self._known[place]

    def loads(self, places: Iterable[Place]) -> dict[Place, Load]:
        """What everything that applies weighs, in every group and for the agents among these places."""
        groups = loads_below(self._groups, ROOT_GROUP, Applies())
        found = {Place(self._groups.path(each)): load for each, load in groups.items()}
        there: dict[str, Applies] = {}
        for place in places:
            if place.agent and place.path in self._ids:
                if place.path not in there:
                    there[place.path] = applies_at(self._groups.way_to(self._ids[place.path]))
                found[place] = there[place.path].with_own(self._own.get(place.agent, {}))
        return found

    def _made(self, place: Place) -> dict[str, Choices]:
        if place.path not in self._ids:
            return {}
        way = self._groups.nodes(self._ids[place.path])
        found = effective(way, self._own.get(place.agent, {}))
        return {category: each.choices for category, each in found.items()}


def touched(changes: list[Change], before: Document, after: Document, places: Counter[Place]) -> list[int]:
    """How many agents each change would touch: for whom what applies of that category, or its content, is another."""
    effects = Effects(before), Effects(after)
    return [sum(n for place, n in places.items() if _touches(each, effects, place)) for each in changes]


def taken_from(changes: list[Change], before: Document, after: Document, places: Counter[Place]) -> int:
    """How many agents the deletions among the changes touch, each counted once."""
    effects = Effects(before), Effects(after)
    gone = [each for each in changes if each.action == "delete"]
    return sum(n for place, n in places.items() if any(_touches(each, effects, place) for each in gone))


def too_much(before: Document, after: Document, places: Iterable[Place]) -> str:
    """Why the document would be refused: for whom it would be more than a manifest carries; empty for nobody."""
    was = Effects(before).loads(places)
    for place, load in Effects(after).loads(places).items():
        if load.worse_than(was.get(place, Load())):
            return refusal(f"Agent {place.agent}" if place.agent else f"Agents in {place.path}", load)
    return ""


def _touches(change: Change, effects: tuple[Effects, Effects], place: Place) -> bool:
    was, will = effects
    if change.kind in ("policy", "task"):
        category, name = change.key
        return any(choice.policy == name for each in (was, will) for choice in each.at(place).get(category, ()))
    if change.kind in ("server list", "repository list"):
        return True
    if change.kind != "assignment":
        return False
    node, category = change.key
    return _is_at_or_below(place, node) and was.at(place).get(category) != will.at(place).get(category)


def _is_at_or_below(place: Place, node: str) -> bool:
    if node.startswith(AGENT_PREFIX):
        return place.agent == node.removeprefix(AGENT_PREFIX)
    return node == "/" or place.path == node or place.path.startswith(f"{node}/")
