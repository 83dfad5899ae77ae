"""Operator orders: judged by the worker alone, recorded with their outcome in the transaction of their events."""

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec

from domain import errors, orders
from domain.agent import Agent
from domain.ids import order_stream
from domain.operator_token import OperatorToken
from domain.order_roles import permits
from domain.registration_policy import Terms
from domain.registration_rules import BadRules
from handlers import desired_orders, install_tickets, key_policy, list_orders, server_keys
from handlers import issue_token as issue_token_order
from handlers.batch import Batch, Cause
from handlers.merging import merge, merge_when_both_allowed, split
from handlers.migration_orders import close_migration_window, open_migration_window
from handlers.wake_up import wake_agents

_decode = msgspec.msgpack.Decoder(orders.Order).decode
_encode = msgspec.msgpack.Encoder().encode


def read_order(payload: bytes) -> orders.Order:
    """The order in an unsealed payload; raise MalformedOrder."""
    try:
        return _decode(payload)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise errors.MalformedOrder(str(error)) from error


def encode_outcome(outcome: orders.Outcome, position: int) -> bytes:
    """The bytes of an outcome, with the position that a reader must have seen to see its effect."""
    return _encode(msgspec.structs.replace(outcome, position=position))


def carry_out(order: orders.Order, batch: Batch) -> orders.Outcome:
    """Carry out an order and stage what follows; a refusal is recorded too. A repeat tells the stored outcome."""
    if (known := _known_outcome(order, batch)) is not None:
        return known
    digest = _digest(order)
    # Judged by the clock as it is: recorded time may run ahead of a clock that was put back.
    if abs(batch.deployment.now_ms() - order.issued_at_ms) > orders.ORDER_LIFE_MS:
        return _outcome(order, errors.OrderExpired())
    if not permits(order.role, type(order.command)):
        return _stage_outcome(order, _outcome(order, errors.RoleMissing()), digest, batch)
    try:
        changed, version = _HANDLERS[type(order.command)](order, batch)
        outcome = orders.Outcome(order.command_id, "done" if changed else "unchanged", version=version)
    except errors.OrderRefused as refusal:
        outcome = _outcome(order, refusal)
    return _stage_outcome(order, outcome, digest, batch)


def merge_registration(order: orders.Order, batch: Batch) -> tuple[bool, int]:
    """Make two entries one."""
    return merge(_as(order, orders.MergeRegistration), order.if_match, batch, _by(order))


def split_registration(order: orders.Order, batch: Batch) -> tuple[bool, int]:
    """Undo a merge."""
    return split(_as(order, orders.SplitRegistration), order.if_match, batch, _by(order))


def issue_install_tickets(order: orders.Order, batch: Batch) -> tuple[bool, int]:
    """Make install tickets."""
    return install_tickets.issue(_as(order, orders.IssueInstallTickets), batch, _by(order))


def revoke_install_ticket(order: orders.Order, batch: Batch) -> tuple[bool, int]:
    """Make an install ticket useless."""
    return install_tickets.revoke(_as(order, orders.RevokeInstallTicket), batch, _by(order))


def _decide_agent(order: orders.Order, batch: Batch, decide: Callable[[Agent], bool]) -> tuple[bool, int]:
    fingerprint = order.command.registration_id  # type: ignore[union-attr]
    agent = batch.agent_of(fingerprint)
    if order.if_match is not None and order.if_match != agent.version:
        raise errors.VersionMoved
    changed = decide(agent)
    batch.stage(agent, _by(order))
    return changed, agent.version


def allow_registration(order: orders.Order, batch: Batch) -> tuple[bool, int]:
    """Let a machine in."""
    fingerprint = _as(order, orders.AllowRegistration).registration_id
    duplicate_of = batch.registration(fingerprint).duplicate_of
    changed, version = _decide_agent(order, batch, lambda agent: agent.allow(_reason(order), duplicate_of=duplicate_of))
    if not changed:
        return False, version
    resource = merge_when_both_allowed(fingerprint, batch, _by(order))
    return True, version if resource is None else resource.version


def block_registration(order: orders.Order, batch: Batch) -> tuple[bool, int]:
    """Keep a machine out."""
    return _decide_agent(order, batch, lambda agent: agent.block(_reason(order)))


def revoke_registration(order: orders.Order, batch: Batch) -> tuple[bool, int]:
    """Withdraw trust."""
    return _decide_agent(order, batch, lambda agent: agent.revoke(_reason(order)))


def set_registration_policy(order: orders.Order, batch: Batch) -> tuple[bool, int]:
    """Put another registration policy in place."""
    policy = batch.policy()
    if order.if_match is not None and order.if_match != policy.version:
        raise errors.VersionMoved
    command = _as(order, orders.SetRegistrationPolicy)
    plain = {"otherwise": command.otherwise, "duplicates": command.duplicates, "rules": command.rules}
    try:
        terms = Terms.read(plain)
    except BadRules as bad:
        raise errors.MalformedOrder(f"The registration policy has faults: {bad}") from bad
    changed = policy.replace(terms)
    batch.stage(policy, _by(order))
    return changed, policy.version


def issue_token(order: orders.Order, batch: Batch) -> tuple[bool, int]:
    """Make a bearer token known by its hash."""
    return issue_token_order.issue(_as(order, orders.IssueToken), batch, _by(order))


def revoke_token(order: orders.Order, batch: Batch) -> tuple[bool, int]:
    """Make a token useless."""
    command = _as(order, orders.RevokeToken)
    return _decide_token(order, batch, command.token_id, lambda token: token.revoke(command.reason))


def note_token_use(order: orders.Order, batch: Batch) -> tuple[bool, int]:
    """Note that a token was used."""
    command = _as(order, orders.NoteTokenUse)
    return _decide_token(order, batch, command.token_id, lambda token: token.used(batch.now_ms))


def rebuild_projection(order: orders.Order, batch: Batch) -> tuple[bool, int]:
    """Recorded only: the projector reads this order in the log and builds the projection anew."""
    return True, 0


_HANDLERS: dict[type, Callable[[orders.Order, Batch], tuple[bool, int]]] = {
    orders.AllowRegistration: allow_registration,
    orders.BlockRegistration: block_registration,
    orders.RevokeRegistration: revoke_registration,
    orders.MergeRegistration: merge_registration,
    orders.SplitRegistration: split_registration,
    orders.IssueInstallTickets: issue_install_tickets,
    orders.RevokeInstallTicket: revoke_install_ticket,
    orders.SetRegistrationPolicy: set_registration_policy,
    orders.IssueToken: issue_token,
    orders.RevokeToken: revoke_token,
    orders.NoteTokenUse: note_token_use,
    orders.RebuildProjection: rebuild_projection,
    orders.CreateServerKey: server_keys.create_server_key,
    orders.ImportServerKey: server_keys.import_server_key,
    orders.CertifyServerKey: server_keys.certify_server_key,
    orders.ActivateServerKey: server_keys.activate_server_key,
    orders.RetireServerKey: server_keys.retire_server_key,
    orders.DeleteServerKey: server_keys.delete_server_key,
    orders.SetKeyPolicy: key_policy.set_key_policy,
    orders.OpenMigrationWindow: open_migration_window,
    orders.CloseMigrationWindow: close_migration_window,
    orders.WakeAgents: wake_agents,
    orders.SetServerList: list_orders.set_server_list,
    orders.SetRepositoryList: list_orders.set_repository_list,
    orders.ProposeAuthorities: list_orders.propose_authorities,
    orders.PublishAuthorities: list_orders.publish_authorities,
    **desired_orders.HANDLERS,
}


def _decide_token(
    order: orders.Order, batch: Batch, token_id: str, decide: Callable[[OperatorToken], bool]
) -> tuple[bool, int]:
    token = batch.token(token_id)
    changed = decide(token)
    batch.stage(token, _by(order))
    return changed, token.version


def _known_outcome(order: orders.Order, batch: Batch) -> orders.Outcome | None:
    """The stored outcome of an order that was given before, also in this batch; KeyReused for another order."""
    facts = batch.order_facts(order.command_id)
    if facts is None:
        return None
    if facts["digest"] != _digest(order):
        return _outcome(order, errors.KeyReused())
    return orders.Outcome(
        order.command_id, facts["outcome"], facts["detail"], facts.get("position", 0), facts["version"]
    )


def _stage_outcome(order: orders.Order, outcome: orders.Outcome, digest: bytes, batch: Batch) -> orders.Outcome:
    facts: dict[str, Any] = {
        "command_id": order.command_id,
        "command": type(order.command).__name__,
        "operator": order.operator,
        "outcome": outcome.outcome,
        "detail": outcome.detail,
        "version": outcome.version,
        "target": _target(order.command),
        "reason": _reason(order),
        "digest": digest,
    }
    batch.stage_order(order_stream(order.command_id), order.command_id, facts, _by(order))
    return outcome


def _target(command: orders.Command) -> str:
    for name in (
        "registration_id",
        "token_id",
        "ticket_id",
        "otherwise",
        "name",
        "key_version",
        "minimum",
        "category",
        "group",
        "task",
    ):
        value = getattr(command, name, None)
        if value is not None:
            return value.hex() if isinstance(value, bytes) else str(value)
    return ""


def _digest(order: orders.Order) -> bytes:
    """Equal for the same command of the same operator; times and the seen version may differ in a repeat."""
    return hashlib.sha256(_encode([order.operator, order.command])).digest()


def _outcome(order: orders.Order, refusal: errors.OrderRefused) -> orders.Outcome:
    return orders.Outcome(order.command_id, refusal.code, str(refusal))


def _reason(order: orders.Order) -> str:
    return str(getattr(order.command, "reason", ""))


def _by(order: orders.Order) -> Cause:
    return Cause(who=f"operator:{order.operator}", cause=order.command_id)


def _as(order: orders.Order, kind: type[Any]) -> Any:
    assert isinstance(order.command, kind)
    return order.command
