"""What the command line tells the shell."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """One number per thing a script handles differently."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    NOT_FOUND = 3
    CONFLICT = 4
    REFUSED = 5
    UNAVAILABLE = 6
    TAMPERED = 10
    NO_EVIDENCE = 11


class CommandFailed(Exception):
    """The command failed; the message is for the person, the code for the shell."""

    def __init__(self, exit_code: ExitCode, message: str) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class Refused(CommandFailed):
    """The API refused; ``problem`` is its whole answer, for a command that can tell more of it."""

    def __init__(self, exit_code: ExitCode, message: str, problem: Mapping[str, Any]) -> None:
        super().__init__(exit_code, message)
        self.problem = problem


_BY_STATUS = {
    401: ExitCode.REFUSED,
    403: ExitCode.REFUSED,
    404: ExitCode.NOT_FOUND,
    409: ExitCode.CONFLICT,
    412: ExitCode.CONFLICT,
    422: ExitCode.REFUSED,
    428: ExitCode.USAGE,
    503: ExitCode.UNAVAILABLE,
    504: ExitCode.UNAVAILABLE,
}
_BY_CODE = {
    "invalid_request": ExitCode.USAGE,
    "bad_cursor": ExitCode.USAGE,
    "forged_reply": ExitCode.TAMPERED,
}


def exit_code_of(status: int, code: str) -> ExitCode:
    """The exit code for a problem that the API told."""
    return _BY_CODE.get(code) or _BY_STATUS.get(status, ExitCode.FAILURE)
