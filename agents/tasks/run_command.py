"""The task type ``run-command``: programs that the machine's administrator allowed, never by a shell."""

from collections.abc import Mapping
from typing import Any

from agents.settings import Settings
from agents.tasks.child import run_child
from agents.tasks.task_type import CannotRun, Ended, RunContext

MAX_ARGUMENTS = 64
LONGEST_ARGUMENT = 4_096


class RunCommand:
    """Settings: ``argv``, the absolute path of the program and its arguments."""

    def __init__(self, settings: Settings) -> None:
        self._allowed = frozenset(settings.allow_commands)

    def run(self, settings: Mapping[str, Any], context: RunContext) -> Ended:
        """Done when it exits with 0."""
        argv = _argv(settings)
        if argv[0] not in self._allowed:
            raise CannotRun(f"{argv[0]} is not allowed on this machine (muster agent install --allow-command)")
        try:
            return run_child(argv, context)
        except (OSError, UnicodeEncodeError) as error:
            raise CannotRun(f"{argv[0]}: {error}") from error


def _argv(settings: Mapping[str, Any]) -> list[str]:
    argv = settings.get("argv")
    if set(settings) != {"argv"} or not isinstance(argv, list) or not 1 <= len(argv) <= MAX_ARGUMENTS:
        raise CannotRun(f"the one setting is argv, a list of 1 to {MAX_ARGUMENTS} texts")
    for text in argv:
        if not isinstance(text, str) or len(text) > LONGEST_ARGUMENT or "\0" in text:
            raise CannotRun(f"argv: each is a text of at most {LONGEST_ARGUMENT} characters")
    return argv
