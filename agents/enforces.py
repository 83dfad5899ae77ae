"""What is done with assigned items, as the flow of a call-in sees it."""

from typing import Protocol


class Enforces(Protocol):
    """Brings this machine to what is held."""

    def enforce(self) -> None:
        """Enforce what is held now; what came of it is told as events. Never raises."""
        ...


class NothingEnforced:
    """For agents that only hold what they were given."""

    def enforce(self) -> None:
        """Nothing is to do."""
