"""What the frontend needs of a reactor to tell the time: small enough for a test's clock."""

from collections.abc import Callable
from typing import Protocol


class Call(Protocol):
    """A call that was put off."""

    def cancel(self) -> None:
        """Forget it."""

    def active(self) -> bool:
        """Whether it is still to come."""


class Timer(Protocol):
    """The two verbs of Twisted's IReactorTime that we use."""

    def seconds(self) -> float:
        """A clock that never goes back."""

    def callLater(self, delay: float, callable: Callable[..., object], *args: object) -> Call:  # noqa: A002, N802
        """Call this after so many seconds."""
