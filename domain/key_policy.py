"""How strong an agent's key must be."""

from collections.abc import Iterable

from eventsourcing.domain import Aggregate, event

from domain.ids import KEY_POLICY_STREAM

STRENGTH = {"rsa1024": 1, "rsa2048": 2, "p256": 3, "ed25519": 3}
"""Algorithms of agents' keys by strength; equal strength is as good."""
STRONGEST = "ed25519"
FIRST_MINIMUM = "rsa2048"
"""In force until somebody decides otherwise: what identifies old agents authorises nothing."""


def below(algorithm: str, minimum: str) -> bool:
    """True when a key of this algorithm is weaker than the minimum."""
    return STRENGTH.get(algorithm, 0) < STRENGTH[minimum]


def can_reach(able: Iterable[str], minimum: str) -> bool:
    """True when one who signs with one of these can have a key that is strong enough."""
    return any(each in STRENGTH and not below(each, minimum) for each in able)


class KeyPolicy(Aggregate):
    """The least algorithm an agent may register with."""

    class Adopted(Aggregate.Created):
        """The deployment's first decision about it."""

        TOPIC = "KeyPolicy.Adopted"
        minimum: str

    class Replaced(Aggregate.Event):
        """An operator set another minimum."""

        TOPIC = "KeyPolicy.Replaced"
        minimum: str

    @event(Adopted)
    def __init__(self, minimum: str) -> None:
        self.minimum = minimum

    @classmethod
    def adopt(cls, minimum: str) -> "KeyPolicy":
        """The first policy."""
        return cls._create(cls.Adopted, id=KEY_POLICY_STREAM, minimum=minimum)

    def replace(self, minimum: str) -> bool:
        """Set another minimum; False when it is the same."""
        if minimum == self.minimum:
            return False
        self._replaced(minimum=minimum)
        return True

    @event(Replaced)
    def _replaced(self, minimum: str) -> None:
        self.minimum = minimum
