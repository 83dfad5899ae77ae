"""Orders about groups, places of agents, policies, tasks, assignments and sorting rules."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from domain import desired_orders as orders
from domain.choice import Assignment, Choice, Choices
from domain.errors import MalformedOrder, VersionMoved
from domain.group_name import check_name, parts_of
from domain.orders import Order
from domain.sorting_rules import SortingRule
from handlers.apply_order import apply_document
from handlers.batch import Batch, Cause
from handlers.draft import Draft
from handlers.policy_content import settings_of
from handlers.room_for import check_assignment, check_move, check_override, check_place

MOST_AGENTS = 1_000
Decide = Callable[[Any, Draft, Batch], bool]


def create_group(command: orders.CreateGroup, draft: Draft, batch: Batch) -> bool:
    """Make a group."""
    *above, name = parts_of(command.group) or [""]
    parent = draft.tree.at("/" + "/".join(above))
    draft.tree.create(UUID(bytes=batch.deployment.random(16), version=4), parent.id, name)
    return True


def rename_group(command: orders.RenameGroup, draft: Draft, batch: Batch) -> bool:
    """Give a group another name."""
    return draft.tree.rename(draft.tree.at(command.group).id, check_name(command.name))


def move_group(command: orders.MoveGroup, draft: Draft, batch: Batch) -> bool:
    """Put a group into another."""
    group, into = draft.tree.at(command.group), draft.tree.at(command.into)
    check_move(draft, [group.id], into.id)
    return draft.tree.move(group.id, into.id)


def delete_group(command: orders.DeleteGroup, draft: Draft, batch: Batch) -> bool:
    """Delete a group."""
    group = draft.tree.at(command.group)
    into = None if command.into is None else draft.tree.at(command.into).id
    if into is not None:
        check_move(draft, group.children.values(), into)
    draft.tree.delete(group.id, into, draft.agents_in(group.id))
    return True


def place_agents(command: orders.PlaceAgents, draft: Draft, batch: Batch) -> bool:
    """Put agents into a group, all of them or none."""
    group = draft.tree.at(command.group)
    if not 1 <= len(command.agent_ids) <= MOST_AGENTS:
        raise MalformedOrder(f"One order moves 1 to {MOST_AGENTS} agents.")
    agents = [draft.living_agent(_agent_id(each)) for each in command.agent_ids]
    check_place(draft, agents, group)
    return sum(draft.place(each, group.id) for each in agents) > 0


def define_category(command: orders.DefineCategory, draft: Draft, batch: Batch) -> bool:
    """Say what the settings of a category must be; refused while written policies do not fit, unless forced."""
    judged = {} if command.force else draft.policies_of(command.category)
    return draft.define(command.category, command.schema, judged)


def delete_category(command: orders.DeleteCategory, draft: Draft, batch: Batch) -> bool:
    """Let a category that no policy is of be no more."""
    return draft.delete_category(command.category, command.reason)


def write_policy(command: orders.WritePolicy, draft: Draft, batch: Batch) -> bool:
    """Write a version of a policy or task."""
    before = draft.version_of(command.category, command.name)
    return draft.write(command.category, command.name, command.settings, command.note) != before


def restore_policy(command: orders.RestorePolicy, draft: Draft, batch: Batch) -> bool:
    """Write a version that equals an older one."""
    before = draft.standing(command.category, command.name).policy_version
    content = batch.records.policy_version(command.category, command.name, command.policy_version)
    note = command.note or f"back to version {command.policy_version}"
    settings = settings_of(content)
    return draft.write(command.category, command.name, settings, note, command.policy_version) != before


def delete_policy(command: orders.DeletePolicy, draft: Draft, batch: Batch) -> bool:
    """Delete a policy or task."""
    return draft.delete_policy(command.category, command.name, command.reason)


def run_task_now(command: orders.RunTaskNow, draft: Draft, batch: Batch) -> bool:
    """Have a task run once, soon."""
    draft.run_now(command.task, f"run now: {command.reason}" if command.reason else "run now")
    return True


def assign_policies(command: orders.AssignPolicies, draft: Draft, batch: Batch) -> bool:
    """Say what applies to a group or an agent."""
    choices = read_choices(command.choices)
    said = Assignment(choices, command.locked)
    if command.agent_id is not None and command.group is None:
        if command.locked:
            raise MalformedOrder("Only a group can lock a category: nothing is below an agent.")
        agent_id = _agent_id(command.agent_id)
        check_override(draft, agent_id, command.category, said)
        return draft.override(agent_id, command.category, choices)
    if command.group is None or command.agent_id is not None:
        raise MalformedOrder("An assignment is made at a group or for an agent.")
    group = draft.tree.at(command.group)
    check_assignment(draft, group, command.category, said)
    return draft.assign(group.id, command.category, choices, locked=command.locked)


def end_assignment(command: orders.EndAssignment, draft: Draft, batch: Batch) -> bool:
    """Let a group or an agent have what is above."""
    if command.agent_id is not None and command.group is None:
        agent_id = _agent_id(command.agent_id)
        check_override(draft, agent_id, command.category, None)
        return draft.end_override(agent_id, command.category) or _nothing_ended(command.category, draft)
    if command.group is None or command.agent_id is not None:
        raise MalformedOrder("An assignment ends at a group or for an agent.")
    group = draft.tree.at(command.group)
    check_assignment(draft, group, command.category, None)
    return draft.tree.unassign(group.id, command.category) or _nothing_ended(command.category, draft)


def set_sorting_rules(command: orders.SetSortingRules, draft: Draft, batch: Batch) -> bool:
    """Say where new agents go."""
    return draft.sort(read_rules(command.rules, draft))


def read_choices(plain: list[dict[str, Any]]) -> Choices:
    """Choices as they stand in an order; MalformedOrder for anything else."""
    for each in plain:
        if not isinstance(each.get("policy"), str) or set(each) - {"policy", "when"}:
            raise MalformedOrder("A choice has the name of a policy, and a condition under when.")
    return tuple(Choice(each["policy"], each.get("when")) for each in plain)


def read_rules(plain: list[dict[str, Any]], draft: Draft) -> list[SortingRule]:
    """Sorting rules as they stand in an order, their groups looked up."""
    for each in plain:
        if set(each) - {"name", "when", "group"} or not isinstance(each.get("group"), str):
            raise MalformedOrder("A sorting rule has a name, a group, and a condition under when.")
        if not isinstance(each.get("name"), str):
            raise MalformedOrder("A sorting rule has a name.")
    return [SortingRule(each["name"], each.get("when"), draft.tree.at(each["group"]).id.bytes) for each in plain]


_DECISIONS: dict[type, Decide] = {
    orders.CreateGroup: create_group,
    orders.RenameGroup: rename_group,
    orders.MoveGroup: move_group,
    orders.DeleteGroup: delete_group,
    orders.PlaceAgents: place_agents,
    orders.DefineCategory: define_category,
    orders.DeleteCategory: delete_category,
    orders.WritePolicy: write_policy,
    orders.RestorePolicy: restore_policy,
    orders.DeletePolicy: delete_policy,
    orders.RunTaskNow: run_task_now,
    orders.AssignPolicies: assign_policies,
    orders.EndAssignment: end_assignment,
    orders.SetSortingRules: set_sorting_rules,
}


def _carried_out(order: Order, batch: Batch, aside: bool, decide: Decide) -> tuple[bool, int]:
    draft = Draft(batch, aside=aside)
    if order.if_match is not None and order.if_match != draft.revision:
        raise VersionMoved
    changed = decide(order.command, draft, batch)
    if changed:
        draft.stage(Cause(who=f"operator:{order.operator}", cause=order.command_id))
        batch.wakes.assigned_anew()
    return changed, draft.revision


def _handler(decide: Decide) -> Callable[[Order, Batch], tuple[bool, int]]:
    return lambda order, batch: _carried_out(order, batch, False, decide)


HANDLERS: dict[type, Callable[[Order, Batch], tuple[bool, int]]] = {
    kind: _handler(decide) for kind, decide in _DECISIONS.items()
} | {orders.ApplyDocument: lambda order, batch: _carried_out(order, batch, True, apply_document)}
"""If-Match is the revision of the desired state: the version of the system tree."""


def _nothing_ended(category: str, draft: Draft) -> bool:
    """A repeat changes nothing; of a category that nobody knows nothing can have been assigned."""
    draft.check_known(category)
    return False


def _agent_id(plain: bytes) -> UUID:
    if len(plain) != 16:
        raise MalformedOrder("An agent's id has 16 bytes.")
    return UUID(bytes=plain)
