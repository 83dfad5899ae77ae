"""What a group or an agent assigns for a category: policies in order, each under a condition; the first that holds."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from domain.errors import MalformedOrder

MAX_CHOICES = 32


class Choice(NamedTuple):
    """One policy of an assignment. ``when`` is a condition as plain data (docs/policies.md); None holds always."""

    policy: str
    when: dict[str, Any] | None = None


Choices = tuple[Choice, ...]


class Assignment(NamedTuple):
    """What a node of the tree says of a category. No choices: nothing applies there and below.

    ``changed`` is the version of the stream that made it.
    """

    choices: Choices
    locked: bool = False
    changed: int = 0


def choices_of(plain: Iterable[Any]) -> Choices:
    """From stored values."""
    return tuple(Choice(each["policy"], each.get("when")) for each in plain)


def plain_choices(choices: Sequence[Choice]) -> list[dict[str, Any]]:
    """As they are stored and shown."""
    return [{"policy": each.policy} | ({} if each.when is None else {"when": each.when}) for each in choices]


def check_choices(choices: Sequence[Choice]) -> None:
    """Raise MalformedOrder for what no assignment may be."""
    if len(choices) > MAX_CHOICES:
        raise MalformedOrder(f"An assignment has at most {MAX_CHOICES} choices.")
    for number, each in enumerate(choices[:-1]):
        if each.when is None:
            raise MalformedOrder(f"Choice {number + 1} has no condition: those after it would never be taken.")
