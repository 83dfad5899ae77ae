"""Which keys a batch found trusted, to tell which of them have lost their trust when it is committed."""

from uuid import UUID

from domain.agent import Agent


class TrustSeen:
    """Told of each agent when it is loaded and when it is staged."""

    def __init__(self) -> None:
        self._agents: dict[UUID, Agent] = {}
        self._trusted: set[bytes] = set()

    def note(self, agent: Agent) -> None:
        """Its keys as they are now; a key that a merge moves is told of with both agents."""
        self._agents[agent.id] = agent
        self._trusted |= agent.trusted_keys

    def lost(self) -> list[bytes]:
        """Keys that were trusted and are not: revoked, replaced, or moved to an agent that nobody trusts."""
        if not self._trusted:
            return []
        return sorted(self._trusted.difference(*(agent.trusted_keys for agent in self._agents.values())))
