"""What a plug-in is that runs the tasks of one type; docs/agent-plugins.md has a whole example."""

import threading
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from agents.deadline import Deadline
from agents.settings import Settings

DONE, FAILED, TIMED_OUT, MISSED, INTERRUPTED = "done", "failed", "timed_out", "missed", "interrupted"
LONGEST_OUTPUT = 4_096
"""Characters of output that are reported."""


class CannotRun(Exception):
    """The task cannot be run on this machine; the message is reported to the server."""


class Ended(NamedTuple):
    """How a run ended: ``outcome`` is done, failed, timed_out or interrupted; ``exit`` the status, if there is one."""

    outcome: str
    exit: int | None = None
    output: str = ""


class RunContext(NamedTuple):
    """What a run is given. It ends soon after ``deadline`` is over or ``stopped`` is set; else it is left behind."""

    deadline: Deadline
    stopped: threading.Event
    call_in: Callable[[bool], str]
    """Have the agent call in (with the full set of properties or not); return how that went in a word or two."""
    child: Callable[[int], None]
    """Tell of a process that was started, a leader of its group: should the agent be killed, its next start ends it."""


class TaskType(Protocol):
    """Runs tasks of one type. Each run has a thread of its own; whatever it raises is reported as *failed*."""

    def run(self, settings: Mapping[str, Any], context: RunContext) -> Ended:
        """Run once. Raise CannotRun."""
        ...


TaskTypeFactory = Callable[[Settings], TaskType]
"""What an entry point of the group ``muster.task_types`` names, called with the agent's local settings."""
