"""What goes wrong on purpose, by a seed of its own."""

from agents.swarm.seeded import seeded


class Faults:
    """Decides for each package and each answer of a swarm."""

    def __init__(self, seed: int, drop: float, lose_reply: float) -> None:
        self._random = seeded(seed, "faults")
        self._drop = drop
        self._lose_reply = lose_reply

    def drops(self) -> bool:
        """The connection breaks right after this package."""
        return self._drop > 0 and self._random.random() < self._drop

    def loses_reply(self) -> bool:
        """This answer never comes, and the connection breaks."""
        return self._lose_reply > 0 and self._random.random() < self._lose_reply
