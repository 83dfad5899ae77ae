"""Whom a batch gives reason to call in: told after its commit, never before."""

from collections.abc import Callable
from uuid import UUID

Reach = Callable[[bytes], str | None]
"""The frontend by which a key would be told; "" for all there are, None when there is none."""


class WakeList:
    """Agents and keys, each once; ``who_lacks``: besides, whoever lacks something that is assigned to it."""

    def __init__(self, reach: Reach = lambda _: None) -> None:
        self._reach = reach
        self.keys: dict[bytes, None] = {}
        self.agents: dict[UUID, None] = {}
        self.who_lacks = False

    def key(self, fingerprint: bytes) -> str | None:
        """Tell this key; returns by which frontend that would be now."""
        self.keys[fingerprint] = None
        return self._reach(fingerprint)

    def agent(self, agent_id: UUID) -> None:
        """Tell the keys of this agent; which those are is found out when it is its turn."""
        self.agents[agent_id] = None

    def assigned_anew(self) -> None:
        """Something that is assigned has changed, for whomever: tell those who lack it when this is committed."""
        self.who_lacks = True
