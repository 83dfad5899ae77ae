"""The whole desired state as one document: groups, categories, policies, tasks, assignments, sorting rules, lists."""

from typing import Any, NamedTuple

from domain.choice import Choices, plain_choices
from domain.policy import TASKS

AGENT_PREFIX = "agent:"
"""An assignment of one agent stands under this and its id; one of a group under the group's path."""


class Assigned(NamedTuple):
    """What a group or an agent assigns of a category."""

    choices: Choices
    locked: bool = False


class Sort(NamedTuple):
    """A sorting rule, its group by path."""

    name: str
    when: dict[str, Any] | None
    group: str


class Document(NamedTuple):
    """Everything by what it is called. Paths are as they are written, groups above them included."""

    groups: frozenset[str]
    categories: dict[str, dict[str, Any]]
    policies: dict[tuple[str, str], dict[str, Any]]
    assignments: dict[tuple[str, str], Assigned]
    sorting: tuple[Sort, ...]
    lists: dict[str, list[dict[str, Any]]]
    """Of ``server`` and ``repository`` those that the document speaks of: the lists all agents are told alike."""


class Change(NamedTuple):
    """One thing that differs: ``action`` is create, change or delete; ``kind`` group, category, policy and so on."""

    action: str
    kind: str
    key: tuple[str, ...]

    def told(self) -> str:
        """As people read it."""
        if self.kind in ("policy", "task"):
            return f"{self.kind} {self.key[1]}" + (f" of {self.key[0]}" if self.kind == "policy" else "")
        if self.kind == "assignment":
            return f"{self.key[1]} at {self.key[0]}"
        return f"{self.kind} {' '.join(self.key)}".strip()


def differences(before: Document, after: Document) -> list[Change]:
    """What is to be done to come from one to the other."""
    groups = [Change("create", "group", (path,)) for path in sorted(after.groups - before.groups)]
    changes = groups + _between(before.categories, after.categories, lambda key: ("category", (key,)))
    changes += _between(before.policies, after.policies, _policy)
    changes += _between(before.assignments, after.assignments, lambda key: ("assignment", key))
    if before.sorting != after.sorting:
        changes.append(Change("change", "sorting rules", ()))
    for name, entries in after.lists.items():
        if before.lists.get(name, []) != entries:
            changes.append(Change("change", f"{name} list", ()))
    return changes + [Change("delete", "group", (path,)) for path in sorted(before.groups - after.groups, reverse=True)]


def plain(document: Document, revision: int) -> dict[str, Any]:
    """The document as it stands in a file."""
    return {
        "revision": revision,
        "group": [{"path": path} for path in sorted(document.groups)],
        "category": [{"name": name, "schema": schema} for name, schema in sorted(document.categories.items())],
        "policy": [
            {"category": category, "name": name, "settings": settings}
            for (category, name), settings in sorted(document.policies.items(), key=lambda each: each[0])
            if not category.startswith(TASKS)
        ],
        "task": [
            {"name": name, **settings}
            for (category, name), settings in sorted(document.policies.items(), key=lambda each: each[0])
            if category.startswith(TASKS)
        ],
        "assignment": [_assignment(key, said) for key, said in sorted(document.assignments.items())],
        **document.lists,
        "sort": [{"name": each.name, **_flat(each.when), "group": each.group} for each in document.sorting],
    }


def _between(before: dict[Any, Any], after: dict[Any, Any], called: Any) -> list[Change]:
    changes = []
    for key in sorted({*before, *after}):
        if key not in after or key not in before or before[key] != after[key]:
            action = "create" if key not in before else "delete" if key not in after else "change"
            changes.append(Change(action, *called(key)))
    return changes


def _policy(key: tuple[str, str]) -> tuple[str, tuple[str, ...]]:
    return ("task" if key[0].startswith(TASKS) else "policy"), key


def _assignment(key: tuple[str, str], said: Assigned) -> dict[str, Any]:
    node, category = key
    where = {"agent": node.removeprefix(AGENT_PREFIX)} if node.startswith(AGENT_PREFIX) else {"group": node}
    choose = [{"policy": each["policy"], **_flat(each.get("when"))} for each in plain_choices(said.choices)]
    return where | {"category": category, **({"locked": True} if said.locked else {}), "choose": choose}


def _flat(when: dict[str, Any] | None) -> dict[str, Any]:
    return dict(when or {})
