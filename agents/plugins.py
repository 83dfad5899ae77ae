"""Finds plug-ins: those that come with the agent, and those that other distributions name as entry points."""

import logging
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

from agents.durable import make_private_folder
from agents.enforcer import Enforcer, EnforcerFactory, Workplace
from agents.enforcers.agent import AgentEnforcer
from agents.enforcers.file import FileEnforcer
from agents.home import Home
from agents.settings import Settings
from agents.tasks.call_in import CallInType
from agents.tasks.run_command import RunCommand
from agents.tasks.task_type import TaskType, TaskTypeFactory
from agents.time_limit import TimeLimit

ENFORCERS = "muster.enforcers"
ENFORCERS_FOLDER = "enforcers"
SHIPPED_ENFORCERS: Mapping[str, EnforcerFactory] = {"agent": AgentEnforcer, "file": FileEnforcer}
"""Named in code, so that the agent has them however it was installed. No other distribution can take their place."""

TASK_TYPES = "muster.task_types"
SHIPPED_TASK_TYPES: Mapping[str, TaskTypeFactory] = {"call-in": CallInType, "run-command": RunCommand}

LIMIT_S = 10.0
"""For importing a plug-in, and for making its object."""

T = TypeVar("T")
_log = logging.getLogger("muster.agent")


def load_enforcers(home: Home, settings: Settings) -> dict[str, Enforcer]:
    """Category to enforcer, each with a private folder of its own."""
    found: dict[str, Enforcer] = {}
    for category, factory in factories(SHIPPED_ENFORCERS, entry_points(group=ENFORCERS)).items():
        folder = home.path / ENFORCERS_FOLDER / category
        make_private_folder(folder)
        if (enforcer := _made(category, partial(factory, Workplace(folder, settings)))) is not None:
            found[category] = enforcer
    return found


def load_task_types(settings: Settings) -> dict[str, TaskType]:
    """Name to task type."""
    named = factories(SHIPPED_TASK_TYPES, entry_points(group=TASK_TYPES)).items()
    made = {name: _made(name, partial(factory, settings)) for name, factory in named}
    return {name: each for name, each in made.items() if each is not None}


def factories(shipped: Mapping[str, T], others: Iterable[EntryPoint], limit_s: float = LIMIT_S) -> dict[str, T]:
    """``shipped`` and what the entry points name; one that cannot be loaded is logged and left out."""
    found: dict[str, Any] = dict(shipped)
    for point in others:
        if point.name in found or "/" in point.name or point.name.startswith("."):
            _log.error("plug-in %s of %s is left out: the name is taken or no name", point.name, point.value)
        elif (factory := _made(point.name, point.load, limit_s)) is not None:
            found[point.name] = factory
    return found


def _made(name: str, make: Callable[[], T], limit_s: float = LIMIT_S) -> T | None:
    try:
        return TimeLimit(limit_s).call(make)
    except Exception:
        _log.exception("plug-in %s is left out", name)
        return None
