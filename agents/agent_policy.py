"""The agent's own settings as a policy of the category ``agent`` may set them; what it leaves out stays the default."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from agents.mode import Mode
from agents.schedule import JITTER
from agents.standing import LONGEST_INTERVAL_S

FILE = "settings"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LARGEST_JITTER = 0.5


class UnusablePolicy(ValueError):
    """The settings are none that an agent has; the message names the field."""


class AgentPolicy(NamedTuple):
    """``jitter`` is the share an interval may differ by. None: ``interval_s`` as the server said at registration,
    ``mode`` as the agent was started."""

    interval_s: int | None = None
    jitter: float = JITTER
    mode: str | None = None
    log_level: str = "INFO"


DEFAULTS = AgentPolicy()


def read_agent_policy(settings: Mapping[str, Any]) -> AgentPolicy:
    """Check plain settings; raise UnusablePolicy."""
    for field in sorted(settings.keys() - set(AgentPolicy._fields)):
        raise UnusablePolicy(f"{field[:64]}: no such setting; there are {', '.join(AgentPolicy._fields)}")
    policy = AgentPolicy(**settings)
    if isinstance(policy.log_level, str):
        policy = policy._replace(log_level=policy.log_level.upper())
    interval, jitter = policy.interval_s, policy.jitter
    if interval is not None and not (_is(interval, int) and 1 <= interval <= LONGEST_INTERVAL_S):
        raise UnusablePolicy(f"interval_s: a number of seconds from 1 to {LONGEST_INTERVAL_S} is needed")
    if not _is(jitter, int, float) or not 0 <= jitter <= LARGEST_JITTER:
        raise UnusablePolicy(f"jitter: a share from 0 to {LARGEST_JITTER} is needed")
    if policy.mode is not None and policy.mode not in tuple(Mode):
        raise UnusablePolicy(f"mode: one of {', '.join(Mode)} is needed")
    if policy.log_level not in LOG_LEVELS:
        raise UnusablePolicy(f"log_level: one of {', '.join(LOG_LEVELS)} is needed")
    return policy


def stored_agent_policy(folder: Path) -> AgentPolicy:
    """What is in force, from the folder of the enforcer; the defaults when there is nothing that can be read."""
    try:
        plain = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return read_agent_policy(plain) if isinstance(plain, dict) else DEFAULTS
    except (OSError, ValueError, TypeError):
        return DEFAULTS


def _is(value: object, *kinds: type) -> bool:
    return isinstance(value, kinds) and not isinstance(value, bool)
