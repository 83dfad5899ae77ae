"""The worker's judgement of orders over the twin, and the bus that leads to it."""

import msgspec

from broker.bus import BusUnavailable, NoAnswer
from broker.seal import seal, unseal
from console_twin.deployment import Deployment
from domain.agent import Agent
from domain.errors import KeyReused, NothingKnown, OrderRefused, RoleMissing, VersionMoved
from domain.operator_token import OperatorToken, Role
from domain.orders import (
    AllowRegistration,
    BlockRegistration,
    IssueToken,
    NoteTokenUse,
    Order,
    Outcome,
    RebuildProjection,
    RevokeRegistration,
    RevokeToken,
    SetRegistrationPolicy,
    permits,
)
from domain.registration_policy import Otherwise

ORDER_KEY = b"o" * 32
REPLY_KEY = b"r" * 32


class TwinOrderBus:
    """An OrderBus whose worker sits behind it. Faults are settings of the instance."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self.orders: list[Order] = []
        self.silent = 0
        """How many answers get lost on the way back, from now on."""
        self.is_down = False
        self.reply_key = REPLY_KEY
        self.replies_to: bytes | None = None
        """When set, every reply names this command instead."""

    def order(self, body: bytes, timeout_s: float) -> bytes:
        """Judge the order and answer."""
        if self.is_down:
            raise BusUnavailable
        order = msgspec.msgpack.decode(unseal(ORDER_KEY, body), type=Order)
        self.orders.append(order)
        outcome = judge(self._deployment, order)
        if self.silent:
            self.silent -= 1
            raise NoAnswer
        if self.replies_to is not None:
            outcome = msgspec.structs.replace(outcome, command_id=self.replies_to)
        return seal(self.reply_key, msgspec.msgpack.encode(outcome))

    def close(self) -> None:
        """Nothing is open."""


def judge(twin: Deployment, order: Order) -> Outcome:
    """What the worker says to an order: a repeat gets the stored outcome."""
    digest = msgspec.msgpack.encode(order.command)
    if order.command_id in twin.outcomes:
        before, stored = twin.outcomes[order.command_id]
        if before != digest:
            return Outcome(order.command_id, KeyReused.code, str(KeyReused()))
        return msgspec.msgpack.decode(stored, type=Outcome)
    try:
        if not permits(order.role, type(order.command)):
            raise RoleMissing
        version = _apply(twin, order)
    except OrderRefused as refused:
        return Outcome(order.command_id, refused.code, str(refused))
    twin.position += 1
    word = "unchanged" if version is None else "done"
    outcome = Outcome(order.command_id, word, "", twin.position, version or 0)
    twin.outcomes[order.command_id] = digest, msgspec.msgpack.encode(outcome)
    return outcome


def _apply(twin: Deployment, order: Order) -> int | None:
    match order.command:
        case AllowRegistration() | BlockRegistration() | RevokeRegistration() as decision:
            return _decide(twin, decision, order.if_match)
        case SetRegistrationPolicy(otherwise):
            if order.if_match not in (None, twin.policy.version):
                raise VersionMoved
            return twin.policy.version if twin.policy.replace(Otherwise(otherwise)) else None
        case IssueToken(token_id, token_hash, name, role, expires_at_ms):
            twin.tokens[token_id] = OperatorToken.issue(token_id, token_hash, name, Role(role), expires_at_ms)
            return 1
        case RevokeToken(token_id, reason):
            return 2 if _token(twin, token_id).revoke(reason) else None
        case NoteTokenUse(token_id):
            return 2 if _token(twin, token_id).used(order.issued_at_ms) else None
        case RebuildProjection(name):
            twin.rebuilt.append(name)
            return 1


def _decide(
    twin: Deployment, decision: AllowRegistration | BlockRegistration | RevokeRegistration, if_match: int | None
) -> int | None:
    agent = twin.agents.get(decision.registration_id)
    if agent is None:
        raise NothingKnown
    if if_match not in (None, agent.version):
        raise VersionMoved
    verb = {AllowRegistration: Agent.allow, BlockRegistration: Agent.block, RevokeRegistration: Agent.revoke}
    return agent.version if verb[type(decision)](agent, decision.reason) else None


def _token(twin: Deployment, token_id: str) -> OperatorToken:
    if token_id not in twin.tokens:
        raise NothingKnown
    return twin.tokens[token_id]
