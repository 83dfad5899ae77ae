"""What applies to an agent: of each category the nearest assignment, unless a lock above overrules it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from domain.choice import Assignment, Choices

AGENT = b""
"""The id of the last step of a chain: the agent itself, by its override."""
NOTHING_SAID: Mapping[str, int] = {}
NO_OVERRIDES: Mapping[str, Assignment] = {}


class Node(NamedTuple):
    """A group on the way to an agent, and what it assigns by category.

    Versions of the tree: ``changed`` put it where it stands, ``said`` is the newest word by category, also the last of
    those it has taken back.
    """

    id: bytes
    path: str
    assignments: Mapping[str, Assignment]
    changed: int = 0
    said: Mapping[str, int] = NOTHING_SAID


class Standing(StrEnum):
    """What became of one assignment on the way to an agent."""

    IN_FORCE = "in force"
    REPLACED = "replaced below"
    OVERRULED = "overruled by a lock"


class Step(NamedTuple):
    """One assignment on the way: where it was made, what it says, whether it counts."""

    node: bytes
    path: str
    assignment: Assignment
    standing: Standing


class Effective(NamedTuple):
    """What applies of one category. ``chain`` holds every assignment on the way, the highest first."""

    category: str
    choices: Choices
    source: Step
    locked_by: str
    chain: tuple[Step, ...]


def effective(way: Sequence[Node], overrides: Mapping[str, Assignment] = NO_OVERRIDES) -> dict[str, Effective]:
    """Of each category that anything on the way, or the agent's own override, speaks of: what applies, and why."""
    own = Node(AGENT, "", overrides)
    categories = sorted({category for node in (*way, own) for category in node.assignments})
    return {category: _of(category, (*way, own)) for category in categories}


def _of(category: str, nodes: Iterable[Node]) -> Effective:
    said = [(node, node.assignments[category]) for node in nodes if category in node.assignments]
    lock = next((number for number, (_, assignment) in enumerate(said) if assignment.locked), None)
    counts = len(said) - 1 if lock is None else lock
    chain = tuple(
        Step(node.id, node.path, assignment, _standing(number, counts))
        for number, (node, assignment) in enumerate(said)
    )
    locked_by = "" if lock is None else said[lock][0].path
    return Effective(category, said[counts][1].choices, chain[counts], locked_by, chain)


def _standing(number: int, counts: int) -> Standing:
    if number == counts:
        return Standing.IN_FORCE
    return Standing.REPLACED if number < counts else Standing.OVERRULED
