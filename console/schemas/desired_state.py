"""The shapes of what the API says of groups, policies, tasks and what became of them."""

from typing import Any

from pydantic import Field

from console.answers import Decided
from console.schemas.shape import Shape


class Choice(Shape):
    """One policy of an assignment; of the choices in order the first whose condition holds is taken."""

    policy: str
    when: dict[str, Any] | None = Field(None, description="network and property; absent: always.")


class Group(Shape):
    """A group of the system tree."""

    path: str
    group_id: str
    agents: int = Field(description="In this group itself.")
    agents_below: int = Field(description="In this group and all below it.")
    assigns: list[str] = Field(description="Categories of which it says something itself.")
    locks: list[str]


class GroupAssignment(Shape):
    """What a group says of a category."""

    category: str
    choices: list[Choice]
    locked: bool
    since: str | None
    by: str | None
    reason: str | None = Field(None, description="Why, as the one who ordered it said; null when nobody did.")


class Applies(Shape):
    """What applies in a group of a category."""

    category: str
    choices: list[Choice]
    source: str = Field("", alias="from", description="The group that says so.")
    locked_by: str | None


class GroupDetails(Group):
    """A group with what it assigns and what applies there."""

    assignments: list[GroupAssignment]
    applies: list[Applies]
    revision: int
    position: int


class NamedPolicy(Shape):
    """A policy in its newest version."""

    category: str
    name: str
    version: int
    note: str
    written_at: str | None
    written_by: str | None
    assigned_at: list[str] = Field(description="Paths of groups.")
    overrides: int = Field(description="Agents that have it of their own.")
    policy_id: str


class PolicyDetails(NamedPolicy):
    """A policy with its settings."""

    deleted: bool
    settings: dict[str, Any]
    revision: int
    position: int


class PolicyVersion(Shape):
    """One version of a policy."""

    version: int
    written_at: str | None
    written_by: str | None
    note: str
    restores: int | None = Field(description="The older version it equals by a return.")
    position: int


class PolicyDifference(Shape):
    """What differs between two versions."""

    category: str
    name: str
    older: int = Field(0, alias="from")
    newer: int = Field(0, alias="to")
    lines: list[str] = Field(description="A unified diff over the settings as JSON.")


class Category(Shape):
    """A category and the JSON Schema of its settings."""

    category: str
    built_in: bool
    definition: dict[str, Any] = Field(default_factory=dict, alias="schema")
    defined_at: str | None
    defined_by: str | None


class Task(Shape):
    """A task in its newest version."""

    name: str
    version: int
    note: str
    written_at: str | None
    written_by: str | None
    assigned_at: list[str]
    overrides: int


class TaskDetails(Task):
    """A task with its content, and how its runs ended."""

    settings: dict[str, Any] = Field(description="type, settings, schedule and so on.")
    runs: dict[str, int] = Field(description="Number of runs by outcome.")


class TaskRun(Shape):
    """One run of a task, as the agent told it."""

    task: str
    agent_id: str | None
    agent: str | None
    run: str
    due: str | None
    started: str | None
    ended: str | None
    outcome: str = Field(description="running, done, failed, timed_out, missed or interrupted.")
    exit: int | None
    output: str
    position: int


class SortingRule(Shape):
    """Where agents go for which the condition holds."""

    name: str
    when: dict[str, Any] | None
    group: str


class Sorting(Shape):
    """The sorting rules, in order."""

    rules: list[SortingRule]
    decided_at: str | None
    decided_by: str | None
    revision: int
    position: int


class Sorted(Shape):
    """An agent that would be elsewhere."""

    agent_id: str
    name: str
    now: str
    then: str
    rule: str


class DesiredDocument(Shape):
    """The desired state as a file has it; docs/policies.md says what stands in each table."""

    revision: int = Field(description="Of the desired state; a file that names another one is refused.")
    group: list[dict[str, Any]]
    category: list[dict[str, Any]]
    policy: list[dict[str, Any]]
    task: list[dict[str, Any]]
    assignment: list[dict[str, Any]]
    sort: list[dict[str, Any]]
    server: list[dict[str, Any]]
    repository: list[dict[str, Any]]
    agent_names: dict[str, str] = Field(description="Of agents with assignments of their own, where known, by id.")


class PlannedChange(Shape):
    """One thing that a document would change."""

    action: str = Field(description="create, change or delete.")
    kind: str
    what: str
    agents: int = Field(description="Agents for whom something else would apply.")


class Plan(Shape):
    """What a document would change."""

    changes: list[PlannedChange]
    refused: str | None = Field(description="The first of `refusals`; null when nothing stands against it.")
    refusals: list[str] = Field(description="Why the order would be refused: each reason, with where and what to do.")
    taken: int = Field(description="Agents that deletions touch, each once: above 0 the order needs it as `confirm`.")
    revision: int
    stale_file: bool = Field(description="The document rests on another revision: it would be refused.")
    position: int


class Revised(Decided):
    """The desired state was changed, or was so already."""

    revision: int = Field(description="Of the desired state: the ETag, and what a file rests on.")


class PolicyRevised(Revised):
    """A version of a policy was written, or the newest said so already."""

    version: int | None = Field(description="The newest, as the reports show it now; null when they cannot.")
    warning: str | None = Field(description="What may be a slip: its category is new here and has no schema.")


class RunOrdered(Revised):
    """A task was ordered to run: on the agents that hold it, each once."""

    assigned: int | None = Field(description="Allowed agents that are assigned the task; null: not known now.")
    holding: int | None = Field(description="Those of them that said that they hold it, in whatever version.")
