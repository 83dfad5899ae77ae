"""Orders about the desired state: groups, places of agents, policies, tasks, assignments, whole files."""

from typing import Any

import msgspec


class CreateGroup(msgspec.Struct, frozen=True, tag=True):
    """Make a group; ``group`` is its path, the one above it must be there."""

    group: str
    reason: str = ""


class RenameGroup(msgspec.Struct, frozen=True, tag=True):
    """Give a group another name."""

    group: str
    name: str
    reason: str = ""


class MoveGroup(msgspec.Struct, frozen=True, tag=True):
    """Put a group, with all below, into another."""

    group: str
    into: str
    reason: str = ""


class DeleteGroup(msgspec.Struct, frozen=True, tag=True):
    """Delete a group; what it holds goes into another, without one it must be empty."""

    group: str
    into: str | None = None
    reason: str = ""


class PlaceAgents(msgspec.Struct, frozen=True, tag=True):
    """Put agents into a group."""

    agent_ids: list[bytes]
    group: str
    reason: str = ""


class DefineCategory(msgspec.Struct, frozen=True, tag=True):
    """Say by a JSON Schema what the settings of a category must be; ``force``: although written policies do not fit."""

    category: str
    schema: dict[str, Any]
    force: bool = False


class DeleteCategory(msgspec.Struct, frozen=True, tag=True):
    """Let a category that people defined be no more; no policy may be of it."""

    category: str
    reason: str = ""


class WritePolicy(msgspec.Struct, frozen=True, tag=True):
    """Write a version of a policy, or of a task: the category of task NAME is task/NAME."""

    category: str
    name: str
    settings: dict[str, Any]
    note: str = ""


class RestorePolicy(msgspec.Struct, frozen=True, tag=True):
    """Write a version that equals an older one."""

    category: str
    name: str
    policy_version: int
    note: str = ""


class DeletePolicy(msgspec.Struct, frozen=True, tag=True):
    """Delete a policy or task that nothing assigns."""

    category: str
    name: str
    reason: str = ""


class RunTaskNow(msgspec.Struct, frozen=True, tag=True):
    """Have every agent that holds a task run it once, soon."""

    task: str
    reason: str = ""


class AssignPolicies(msgspec.Struct, frozen=True, tag=True):
    """Say what applies of a category to a group and below, or to one agent; ``choices`` are {policy, when}."""

    category: str
    choices: list[dict[str, Any]]
    group: str | None = None
    agent_id: bytes | None = None
    locked: bool = False
    reason: str = ""


class EndAssignment(msgspec.Struct, frozen=True, tag=True):
    """Let a group, or an agent, have of a category what is above it."""

    category: str
    group: str | None = None
    agent_id: bytes | None = None
    reason: str = ""


class SetSortingRules(msgspec.Struct, frozen=True, tag=True):
    """Say where new agents go; ``rules`` are {name, when, group}."""

    rules: list[dict[str, Any]]


class ApplyDocument(msgspec.Struct, frozen=True, tag=True):
    """Make the desired state that of a document, all or nothing; ``revision`` is the one it rests on."""

    document: dict[str, Any]
    revision: int | None = None
    reason: str = ""


DesiredCommand = (
    CreateGroup
    | RenameGroup
    | MoveGroup
    | DeleteGroup
    | PlaceAgents
    | DefineCategory
    | DeleteCategory
    | WritePolicy
    | RestorePolicy
    | DeletePolicy
    | RunTaskNow
    | AssignPolicies
    | EndAssignment
    | SetSortingRules
    | ApplyDocument
)
OPERATORS = frozenset({PlaceAgents, RunTaskNow})
"""What operators may order; all else is for administrators."""
