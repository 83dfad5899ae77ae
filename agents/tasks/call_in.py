"""The task type ``call-in``: the agent calls in when the task is due, besides its interval."""

from collections.abc import Mapping
from typing import Any

from agents.settings import Settings
from agents.tasks.task_type import DONE, FAILED, CannotRun, Ended, RunContext


class CallInType:
    """Settings: ``full``, true to send all properties."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is to be allowed for this."""

    def run(self, settings: Mapping[str, Any], context: RunContext) -> Ended:
        """Done when the call-in was accepted."""
        full = settings.get("full", False)
        if set(settings) - {"full"} or not isinstance(full, bool):
            raise CannotRun("the one setting is full, true or false")
        went = context.call_in(full)
        return Ended(DONE if went == "accepted" else FAILED, output=went)
