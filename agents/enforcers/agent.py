"""Enforces the agent's own settings: they are read anew whenever the agent plans its next step."""

import json
from collections.abc import Mapping
from typing import Any

from agents.agent_policy import FILE, read_agent_policy, stored_agent_policy
from agents.durable import write_durably
from agents.enforcer import Workplace


class AgentEnforcer:
    """Category ``agent``: interval, jitter, mode and log level."""

    def __init__(self, workplace: Workplace) -> None:
        self._folder = workplace.folder

    def check(self, settings: Mapping[str, Any]) -> str:
        """Which settings in force are others."""
        wanted, known = read_agent_policy(settings)._asdict(), stored_agent_policy(self._folder)._asdict()
        differ = [name for name, value in wanted.items() if value != known[name]]
        return f"{', '.join(differ)} differ" if differ else ""

    def enforce(self, settings: Mapping[str, Any]) -> str:
        """Store them; the running agent takes them at once."""
        write_durably(self._folder / FILE, json.dumps(read_agent_policy(settings)._asdict()).encode())
        return ""

    def withdraw(self) -> str:
        """Back to the defaults."""
        (self._folder / FILE).unlink(missing_ok=True)
        return "defaults"
