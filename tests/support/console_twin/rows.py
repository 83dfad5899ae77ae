"""Rows as projections.reports shows them."""

from typing import Any

from domain.agent import Agent, Status
from domain.operator_token import OperatorToken
from domain.registration_policy import RegistrationPolicy
from projections.reports.registrations import ACTIONS
from projections.reports.shown import time_text

EARLY = time_text(1_759_999_000_000)
HANDLER = {"handler": "frontend-1", "started_at": EARLY, "announced": EARLY, "starts": 1}


def registration(agent: Agent, name: str) -> dict[str, Any]:
    """A registration."""
    (fingerprint,) = agent.fingerprints
    return {
        "registration_id": fingerprint.hex(),
        "agent_id": str(agent.id),
        "name": name,
        "domain": "example.test",
        "os": "Debian 12",
        "user": "root",
        "addresses": ["192.0.2.7"],
        "address": "192.0.2.7",
        "resource_keys": {"machine": str(agent.id)},
        "status": agent.status.value,
        "trusted": agent.trusted,
        "waits_for_request": agent.status is Status.ALLOWED and not agent.trusted,
        "algorithm": "p256",
        "first_request": EARLY,
        "last_request": EARLY,
        "requests": 1,
        "decided_at": None,
        "decided_by": None,
        "reason": None,
        "refused_reason": None,
        "refused_at": None,
        "version": agent.version,
        "actions": ACTIONS[agent.status],
    }


def agent(agent: Agent, name: str) -> dict[str, Any]:
    """An agent that called in once."""
    (fingerprint,) = agent.fingerprints
    return {
        "agent_id": str(agent.id),
        "name": name,
        "status": agent.status.value,
        "registration_id": fingerprint.hex(),
        "domain": "example.test",
        "os": "Debian 12",
        "user": "root",
        "address": "192.0.2.7",
        "last_call_in": EARLY,
        "last_number": 1,
        "last_handler": "frontend-1",
        "last_why": "start",
        "clock_skew_ms": -3,
        "call_ins": 1,
        "events_delivered": 0,
        "version": agent.version,
    }


def properties(reported: dict[str, Any]) -> dict[str, Any]:
    """What `show` adds to an agent."""
    return {"properties": reported, "properties_at": EARLY}


def timeline_entry(agent: Agent) -> dict[str, Any]:
    """The first event of every agent."""
    (fingerprint,) = agent.fingerprints
    return {
        "position": 1,
        "at": EARLY,
        "topic": "Agent.Introduced",
        "who": "agent",
        "handler": "frontend-1",
        "cause": None,
        "agent_time": EARLY,
        "facts": {"fingerprint": fingerprint.hex()},
    }


def call_in(agent: Agent, name: str) -> dict[str, Any]:
    """The one call-in of every agent."""
    (fingerprint,) = agent.fingerprints
    return {
        "agent_id": str(agent.id),
        "name": name,
        "registration_id": fingerprint.hex(),
        "position": 2,
        "at": EARLY,
        "number": 1,
        "type": "FullProps",
        "why": "start",
        "handler": "frontend-1",
        "decision": "accepted",
        "agent_time": EARLY,
    }


def policy(policy: RegistrationPolicy) -> dict[str, Any]:
    """The policy."""
    return {
        "otherwise": policy.otherwise.value,
        "rules": policy.rules,
        "version": policy.version,
        "decided_at": EARLY,
        "decided_by": "setup",
        "position": 1,
    }


def token(token: OperatorToken) -> dict[str, Any]:
    """A token."""
    return {
        "token_id": token.token_id,
        "name": token.name,
        "role": token.role.value,
        "issued_at": EARLY,
        "issued_by": "setup",
        "expires_at": time_text(token.expires_at_ms),
        "expires_at_ms": token.expires_at_ms,
        "last_used_at": time_text(token.used_at_ms),
        "revoked": token.revoked,
        "revoked_at": EARLY if token.revoked else None,
    }


def projection(name: str, position: int) -> dict[str, Any]:
    """A projection that is at the head."""
    return {
        "name": name,
        "version": 1,
        "position": position,
        "head": position,
        "lag_events": 0,
        "lag_s": 0.0,
        "parked": 0,
        "rebuilding": None,
    }
