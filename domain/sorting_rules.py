"""Where a new agent goes: rules in order, the first whose condition holds; else it stays in the group above all."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from eventsourcing.domain import Aggregate, event

from domain.errors import MalformedOrder
from domain.ids import SORTING_RULES_STREAM

MAX_RULES = 1_000
MAX_NAME = 100


class SortingRule(NamedTuple):
    """One rule: ``when`` is a condition as plain data, None for every agent; ``group_id`` is where it leads."""

    name: str
    when: dict[str, Any] | None
    group_id: bytes


class SortingRules(Aggregate):
    """The one ordered list of the deployment; it sorts new agents only."""

    class Adopted(Aggregate.Created):
        """The first list."""

        TOPIC = "SortingRules.Adopted"
        rules: list[dict[str, Any]]

    class Replaced(Aggregate.Event):
        """Another list in its place."""

        TOPIC = "SortingRules.Replaced"
        rules: list[dict[str, Any]]

    @event(Adopted)
    def __init__(self, rules: Sequence[Any]) -> None:
        self.rules = _stored(rules)

    @classmethod
    def adopt(cls, rules: Sequence[SortingRule]) -> "SortingRules":
        """The first list of a deployment."""
        return cls._create(cls.Adopted, id=SORTING_RULES_STREAM, rules=_checked(rules))

    def replace(self, rules: Sequence[SortingRule]) -> bool:
        """Another list; False when it is the same."""
        if tuple(rules) == self.rules:
            return False
        self._replaced(rules=_checked(rules))
        return True

    @event(Replaced)
    def _replaced(self, rules: Sequence[Any]) -> None:
        self.rules = _stored(rules)


def _stored(rules: Sequence[Any]) -> tuple[SortingRule, ...]:
    return tuple(SortingRule(each["name"], each["when"], each["group_id"]) for each in rules)


def _checked(rules: Sequence[SortingRule]) -> list[dict[str, Any]]:
    if len(rules) > MAX_RULES:
        raise MalformedOrder(f"There are at most {MAX_RULES} sorting rules.")
    names = [each.name for each in rules]
    if len(set(names)) < len(names) or not all(1 <= len(name) <= MAX_NAME for name in names):
        raise MalformedOrder(f"Each sorting rule has a name of its own, of 1 to {MAX_NAME} characters.")
    return [each._asdict() for each in rules]
