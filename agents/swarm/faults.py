"""What goes wrong on purpose: for each agent the same, whatever the others do meanwhile."""

from collections.abc import Callable
from random import Random

from agents.swarm.seeded import seeded


class Faults:
    """Decides for each package and each answer of one agent."""

    def __init__(self, random: Random, drop: float, lose_reply: float) -> None:
        self._random = random
        self._drop = drop
        self._lose_reply = lose_reply

    def drops(self) -> bool:
        """The connection breaks right after this package."""
        return self._drop > 0 and self._random.random() < self._drop

    def loses_reply(self) -> bool:
        """This answer never comes, and the connection breaks."""
        return self._lose_reply > 0 and self._random.random() < self._lose_reply


def faults_of(seed: int, drop: float, lose_reply: float) -> Callable[[int], Faults]:
    """The faults of each agent by its number; all agents share one when nothing is to go wrong."""
    if not drop and not lose_reply:
        none = Faults(seeded(seed, "no faults"), 0, 0)
        return lambda _number: none
    return lambda number: Faults(seeded(seed, f"faults/{number}"), drop, lose_reply)
