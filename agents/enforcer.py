"""What a plug-in is that enforces the policies of one category; docs/agent-plugins.md has a whole example."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from agents.settings import Settings

LONGEST_DETAIL = 500
"""Characters of what is reported; the rest is cut."""


class CannotEnforce(Exception):
    """The settings cannot be brought about on this machine; the message is reported to the server."""


class Workplace(NamedTuple):
    """What an enforcer is given: a private folder of its own that survives restarts, and the local settings."""

    folder: Path
    settings: Settings


class Enforcer(Protocol):
    """Brings one category's settings about. Called from one thread at a time, each call with a time limit.

    Whatever a call raises is reported as the outcome *failed* with the message; it is called again at the next call-in.
    """

    def check(self, settings: Mapping[str, Any]) -> str:
        """What on this machine differs from ``settings``, in words; empty when nothing does. Changes nothing."""
        ...

    def enforce(self, settings: Mapping[str, Any]) -> str:
        """Bring ``settings`` about and return what was done; doing it again must be harmless. Raise CannotEnforce."""
        ...

    def withdraw(self) -> str:
        """No policy of this category is assigned any more: undo what should not outlive it; return what was done."""
        ...


EnforcerFactory = Callable[[Workplace], Enforcer]
"""What an entry point of the group ``muster.enforcers`` names; the entry point's name is the category."""
