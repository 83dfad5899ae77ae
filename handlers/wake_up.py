"""The order to wake agents: recorded for each of them; that an agent woke up is what its next call-in says."""

from uuid import UUID

from domain import errors, orders
from domain.agent import Agent
from domain.ids import wake_up_stream
from domain.orders import WAKE_UP_ORDERED
from handlers.batch import Batch, Cause

MOST_AGENTS = 250
"""Of one order: each is looked up and gets an event of its own."""


def wake_agents(order: orders.Order, batch: Batch) -> tuple[bool, int]:
    """Have hints sent after the commit; returns to how many agents. Who is not Allowed has nothing to come for."""
    command = order.command
    assert isinstance(command, orders.WakeAgents)
    if not 1 <= len(command.agent_ids) <= MOST_AGENTS:
        raise errors.MalformedOrder(f"A wake-up is for 1 to {MOST_AGENTS} agents.")
    told = [_wake(agent, order, batch) for agent in _living(command.agent_ids, batch)]
    return any(told), sum(told)


def _living(agent_ids: list[bytes], batch: Batch) -> list[Agent]:
    """The agents that are meant, each once; NothingKnown when one of them is not there."""
    found: dict[UUID, Agent] = {}
    for each in agent_ids:
        agent = batch.agent(_id(each))
        while agent.merged_into is not None:
            agent = batch.agent(agent.merged_into)
        found[agent.id] = agent
    return list(found.values())


def _wake(agent: Agent, order: orders.Order, batch: Batch) -> bool:
    ways = [batch.wakes.key(fingerprint) for fingerprint in sorted(agent.trusted_keys)]
    handlers = sorted({way for way in ways if way is not None})
    if not ways:
        return False
    facts = {"agent_id": agent.id.bytes, "handlers": handlers, "told": bool(handlers), "reason": _reason(order)}
    cause = Cause(who=f"operator:{order.operator}", cause=order.command_id)
    batch.stage_facts(wake_up_stream(order.command_id, agent.id), 1, WAKE_UP_ORDERED, facts, cause)
    return bool(handlers)


def _reason(order: orders.Order) -> str:
    return str(getattr(order.command, "reason", ""))


def _id(agent_id: bytes) -> UUID:
    try:
        return UUID(bytes=agent_id)
    except ValueError:
        raise errors.MalformedOrder("An agent id has 16 bytes.") from None
