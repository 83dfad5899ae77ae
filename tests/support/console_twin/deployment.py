"""What the twin knows: agents, tokens, the policy, the outcomes of orders."""

import hashlib
from typing import Any
from uuid import UUID

from console.bearer_token import hash_of
from domain.agent import Agent, Status
from domain.operator_token import OperatorToken, Role
from domain.registration_policy import Otherwise, RegistrationPolicy

NOW_MS = 1_760_000_000_000
"""2025-10-09 08:53:20 UTC."""


def secret_of(role: str) -> str:
    """The secret of the ready-made token of a role."""
    return "muster_" + hashlib.sha256(role.encode()).hexdigest()[:43]


class Deployment:
    """The state that orders change and reports read."""

    def __init__(self) -> None:
        self.now_ms = NOW_MS
        self.position = 100
        self.agents: dict[bytes, Agent] = {}
        self.names: dict[bytes, str] = {}
        self.properties: dict[bytes, dict[str, Any]] = {}
        self.policy = RegistrationPolicy.adopt(Otherwise.PENDING)
        self.tokens: dict[str, OperatorToken] = {}
        self.outcomes: dict[bytes, tuple[bytes, bytes]] = {}
        self.rebuilt: list[str] = []
        self.is_behind = False
        for role in Role:
            self.add_token(role)

    def clock_ms(self) -> int:
        """The time that tests set."""
        return self.now_ms

    def add_agent(self, name: str, status: Status = Status.PENDING, **properties: Any) -> str:
        """An agent of this name; returns its registration_id."""
        fingerprint = hashlib.sha256(f"{name}/{len(self.agents)}".encode()).digest()
        agent = Agent.introduce(UUID(bytes=fingerprint[:16], version=4), fingerprint)
        if status in (Status.ALLOWED, Status.REVOKED):
            agent.allow("given")
        if status is Status.REVOKED:
            agent.revoke("given")
        if status is Status.BLOCKED:
            agent.block("given")
        self.agents[fingerprint] = agent
        self.names[fingerprint] = name
        self.properties[fingerprint] = properties
        return fingerprint.hex()

    def add_token(self, role: Role, name: str = "", expires_at_ms: int | None = None) -> str:
        """A token of this role, called like it; returns the secret."""
        secret = secret_of(name or role.value)
        token_id = f"token-{name or role.value}"
        self.tokens[token_id] = OperatorToken.issue(token_id, hash_of(secret), name or role.value, role, expires_at_ms)
        return secret
