"""The desired state as one order changes it: aggregates loaded once, staged together when all of it was decided."""

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from eventsourcing.domain import Aggregate

from domain.builtin_categories import BUILT_IN
from domain.choice import Choices
from domain.errors import MalformedOrder, NothingKnown
from domain.ids import (
    ROOT_GROUP,
    SORTING_RULES_STREAM,
    SYSTEM_TREE_STREAM,
    placement_stream,
    policy_category_stream,
    policy_stream,
)
from domain.known_category import check_known
from domain.placement import Placement
from domain.policy import TASKS, Policy, check_category, kind_of
from domain.policy_category import PolicyCategory, check_schema
from domain.sorting_rules import SortingRule, SortingRules
from domain.system_tree import CATEGORY, OVERRIDE, POLICY, SORTING, SystemTree
from domain.tree_refusals import BuiltIn, CategoryInUse, PolicyAssigned
from handlers.batch import Batch, Cause
from handlers.policy_content import (
    check_condition,
    check_fit,
    check_names,
    check_settings,
    content_of,
    counted_on,
    ordered_again,
    settings_of,
)

_A = TypeVar("_A", bound=Aggregate)


class Draft:
    """Nothing is staged before ``stage``. ``aside``: decide on copies, so that a long order may be refused late."""

    def __init__(self, batch: Batch, *, aside: bool = False) -> None:
        self._batch = batch
        self._aside = aside
        self._known: dict[UUID, Aggregate | None] = {}
        self._categories: set[str] | None = None
        tree = self.get(SYSTEM_TREE_STREAM, batch.desired.tree)
        self._planted = tree is None
        self.tree = tree or self.add(SystemTree.plant())

    def stage(self, cause: Cause) -> bool:
        """Put everything into the transaction; False when nothing was changed."""
        changed = [each for each in self._known.values() if each is not None and each.pending_events]
        if all(each is self.tree and each.version == 1 for each in changed):
            return False  # A tree that was planted only to be looked at.
        for each in changed:
            self._batch.stage(each, cause)
        return True

    def policy(self, category: str, name: str) -> Policy | None:
        """A policy or task, deleted or not; None when there never was one."""
        stream = policy_stream(kind_of(category), category, name)
        return self.get(stream, lambda: self._batch.records.policy_named(category, name))

    def standing(self, category: str, name: str) -> Policy:
        """A policy or task that is not deleted. NothingKnown."""
        found = self.policy(category, name)
        if found is None or found.deleted:
            raise NothingKnown(f"There is no policy {name} of category {category}.")
        return found

    def write(self, category: str, name: str, settings: dict[str, Any], note: str, restores: int = 0) -> int:
        """Write a version; the number of the newest is returned. A task keeps the counter of orders to run it now."""
        check_names(category, name)
        found = self.policy(category, name)
        if category.startswith(TASKS):
            check_settings(category, settings, None)
            settings = counted_on(settings, {} if found is None else settings_of(found.content))
        else:
            defined = self.category(category)
            check_settings(category, settings, defined.schema if defined else None)
        content = content_of(settings)
        if found is None:
            found = self.add(Policy.create(category, name, content, note))
        elif not found.write(content, note, restores):
            return found.policy_version
        self.tree.revise(POLICY, category=category, name=name)
        self._categories = None
        return found.policy_version

    def run_now(self, task: str, note: str) -> None:
        """Write a version that orders every holder to run the task once."""
        category = TASKS + task
        found = self.standing(category, task)
        found.write(content_of(ordered_again(settings_of(found.content), found.policy_version)), note)
        self.tree.revise(POLICY, category=category, name=task)

    def delete_policy(self, category: str, name: str, reason: str) -> bool:
        """Delete a policy that nothing assigns. PolicyAssigned, NothingKnown."""
        found = self.policy(category, name)
        if found is None:
            raise NothingKnown(f"There is no policy {name} of category {category}.")
        assigned = list(self.tree.assigned_at(category, name))
        assigned += [f"agent {UUID(bytes=each)}" for each in self.overriding(category, name)]
        if assigned:
            raise PolicyAssigned(f"This policy is assigned at {', '.join(assigned[:10])}: end that first.")
        changed = found.delete(reason)
        if changed:
            self.tree.revise(POLICY, category=category, name=name, gone=True)
        return changed

    def category(self, name: str) -> PolicyCategory | None:
        """A category that people defined; None when they did not, or deleted it."""
        found = self._category(name)
        return None if found is None or found.deleted else found

    def define(self, name: str, schema: dict[str, Any], judged: Mapping[str, dict[str, Any]]) -> bool:
        """Say what the settings of a category must be, those of ``judged`` to begin with: settings by policy.

        BuiltIn, MalformedOrder, PoliciesDoNotFit.
        """
        found = self._own_category(name)
        check_schema(schema)
        if found is None or found.deleted or found.schema != schema:
            check_fit(name, schema, judged)
        if found is None:
            self.add(PolicyCategory.define(name, schema))
        elif not found.redefine(schema):
            return False
        self.tree.revise(CATEGORY, name=name)
        self._categories = None
        return True

    def delete_category(self, name: str, reason: str) -> bool:
        """Let a category be no more; False when it is not there. BuiltIn, CategoryInUse, NothingKnown."""
        found = self._own_category(name)
        if found is None:
            raise NothingKnown(f"There is no category {name}.")
        if policies := self.policies_of(name):
            raise CategoryInUse(f"{len(policies)} policies are of this category ({_few(policies)}): delete them first.")
        if found.deleted:
            return False
        found.delete(reason)
        self.tree.revise(CATEGORY, name=name, gone=True)
        return True

    def policies_of(self, category: str) -> dict[str, dict[str, Any]]:
        """The settings of every policy of a category that is not deleted, by name."""
        names = sorted(name for of, name in self.tree.register.policies if of == category)
        return {name: settings_of(self.standing(category, name).content) for name in names}

    def _own_category(self, name: str) -> PolicyCategory | None:
        check_category(name)
        if name in BUILT_IN:
            raise BuiltIn
        return self._category(name)

    def _category(self, name: str) -> PolicyCategory | None:
        return self.get(policy_category_stream(name), lambda: self._batch.records.policy_category(name))

    def assign(self, group: UUID, category: str, choices: Choices, *, locked: bool) -> bool:
        """Say what applies to a group and below."""
        self._check_choices(category, choices)
        return self.tree.assign(group, category, choices, locked=locked)

    def override(self, agent_id: UUID, category: str, choices: Choices) -> bool:
        """Say what applies to one agent. LockedAbove."""
        self._check_choices(category, choices)
        placement = self.placement(agent_id)
        present = placement.overrides.get(category) if placement else None
        if present is not None and present.choices == choices:
            return False
        living = self.tree.groups.living(placement.group_id if placement else None)
        self.tree.check_own(living.id, category)
        placement = placement or self.add(Placement.begin(self.living_agent(agent_id)))
        placement.override(category, choices)
        self.tree.revise(OVERRIDE, category=category, agent_id=agent_id.bytes)
        return True

    def end_override(self, agent_id: UUID, category: str) -> bool:
        """Let an agent have what its group has."""
        placement = self.placement(agent_id)
        if placement is None or not placement.end_override(category):
            return False
        self.tree.revise(OVERRIDE, category=category, agent_id=agent_id.bytes, gone=True)
        return True

    def placement(self, agent_id: UUID) -> Placement | None:
        """Where an agent was put; None when nobody ever did."""
        return self.get(placement_stream(agent_id), lambda: self._batch.records.placement(agent_id))

    def place(self, agent_id: UUID, group: UUID) -> bool:
        """Put an agent into a group; False when it is there."""
        placement = self.placement(agent_id)
        if placement is None:
            if group == ROOT_GROUP:
                self.living_agent(agent_id)
                return False
            self.add(Placement.begin(self.living_agent(agent_id), group))
            return True
        return placement.move(group)

    def sort(self, rules: list[SortingRule]) -> bool:
        """Say where new agents go."""
        for each in rules:
            check_condition(each.when)
        found = self.get(SORTING_RULES_STREAM, self._batch.records.sorting_rules)
        if found is None:
            if not rules:
                return False
            self.add(SortingRules.adopt(rules))
        elif not found.replace(rules):
            return False
        self.tree.revise(SORTING)
        return True

    @property
    def revision(self) -> int:
        """The version of the desired state as it is now; 0 while there is none."""
        return self.tree.version if self.tree.version > 1 or not self._planted else 0

    def schema(self, category: str) -> dict[str, Any]:
        """What people asked of the settings of a category. NothingKnown."""
        found = self.category(category)
        if found is None:
            raise NothingKnown(f"There is no category {category}.")
        return found.schema

    def rules(self) -> tuple[SortingRule, ...]:
        """Where new agents go."""
        found = self.get(SORTING_RULES_STREAM, self._batch.records.sorting_rules)
        return () if found is None else found.rules

    def version_of(self, category: str, name: str) -> int:
        """The number of a policy's newest version; 0 when it is not there."""
        found = self.policy(category, name)
        return 0 if found is None or found.deleted else found.policy_version

    def agents_in(self, group: UUID) -> int:
        """How many agents are in a group itself."""
        groups = self.tree.groups.put_into(group)
        return self._batch.records.log.agents_in([each.bytes for each in groups])

    def check_known(self, category: str) -> None:
        """CategoryUnknown for a category that no policy is of, that does not come with Muster, that nobody defined."""
        if self._categories is None:
            self._categories = self.tree.register.categories | {of for of, _ in self.tree.register.policies}
        check_known(category, self._categories)

    def _check_choices(self, category: str, choices: Choices) -> None:
        self.check_known(category)
        for each in choices:
            self.standing(category, each.policy)
            check_condition(each.when)

    def overriding(self, category: str, name: str) -> list[bytes]:
        """Agents that have a policy of their own."""
        agents = [agent for agent, of in sorted(self.tree.register.overrides) if of == category]
        placements = {agent: self.placement(UUID(bytes=agent)) for agent in agents}
        return [
            agent
            for agent, found in placements.items()
            if found is not None and any(each.policy == name for each in found.overrides[category].choices)
        ]

    def living_agent(self, agent_id: UUID) -> UUID:
        """The id itself; NothingKnown, or MalformedOrder for an agent that is another one now."""
        agent = self._batch.agent(agent_id)
        if agent.merged_into is not None:
            raise MalformedOrder("This agent was merged into another one.")
        return agent.id

    def get(self, stream: UUID, load: Callable[[], _A]) -> _A | None:
        """The aggregate of a stream as this order has changed it so far; None when there is none."""
        if stream not in self._known:
            found = self._batch.perhaps(stream, load)
            self._known[stream] = copy.deepcopy(found) if self._aside else found
        return self._known[stream]  # type: ignore[return-value]

    def add(self, aggregate: _A) -> _A:
        """A new aggregate of this order."""
        self._known[aggregate.id] = aggregate
        return aggregate


def _few(names: Iterable[str]) -> str:
    """Of many the first ten."""
    told = list(names)
    return ", ".join(told[:10]) + (", ..." if len(told) > 10 else "")
