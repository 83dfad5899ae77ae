"""Whom a change of the desired state touches: told at once if they hold a connection (handlers/wakes.py)."""

from collections.abc import Iterable
from uuid import UUID

from domain import desired_orders as orders
from domain.group_name import parts_of
from domain.ids import ROOT_GROUP
from domain.policy import TASKS
from handlers.batch import Batch
from handlers.draft import Draft


def wake_touched(command: orders.DesiredCommand, draft: Draft, batch: Batch) -> None:
    """Have those called in for whom this order may have changed what applies; the order was carried out."""
    match command:
        case orders.PlaceAgents():
            _agents(command.agent_ids, batch)
        case orders.AssignPolicies() | orders.EndAssignment() if command.agent_id is not None:
            _agents([command.agent_id], batch)
        case orders.AssignPolicies() | orders.EndAssignment():
            _below([draft.tree.at(command.group or "/").id], draft, batch)
        case orders.MoveGroup():
            _below([draft.tree.at(f"{command.into}/{parts_of(command.group)[-1]}").id], draft, batch)
        case orders.DeleteGroup() if command.into is not None:
            _below([draft.tree.at(command.into).id], draft, batch)
        case orders.WritePolicy() | orders.RestorePolicy():
            _holders(command.category, command.name, draft, batch)
        case orders.RunTaskNow():
            _holders(TASKS + command.task, command.task, draft, batch)
        case orders.ApplyDocument():
            batch.wakes.all()
        case _:
            pass  # Nothing applies to anybody by it: names, schemas, rules for agents to come.


def _holders(category: str, name: str, draft: Draft, batch: Batch) -> None:
    _agents(draft.overriding(category, name), batch)
    _below([draft.tree.at(path).id for path in draft.tree.assigned_at(category, name)], draft, batch)


def _below(tops: Iterable[UUID], draft: Draft, batch: Batch) -> None:
    groups = {each.id for top in tops for each in draft.tree.groups.below(top)}
    if ROOT_GROUP in groups:
        batch.wakes.all()
    elif groups:
        put = {each.bytes for group in groups for each in draft.tree.groups.put_into(group)}
        _agents(batch.records.log.agents_at(sorted(put)), batch)


def _agents(agents: Iterable[bytes], batch: Batch) -> None:
    for each in agents:
        batch.wakes.agent(UUID(bytes=each))
