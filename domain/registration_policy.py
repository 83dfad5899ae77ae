"""The registration policy: what happens to a first request that nobody decided yet."""

from enum import StrEnum
from typing import Any

from eventsourcing.domain import Aggregate, event

from domain.ids import REGISTRATION_POLICY_STREAM


class Otherwise(StrEnum):
    """What the policy says when no rule matches."""

    PENDING = "pending"
    ALLOW_ALL = "allow-all"
    BLOCK_ALL = "block-all"


class RegistrationPolicy(Aggregate):
    """An ordered list of rules and what to do otherwise; rules decide first requests only."""

    class Adopted(Aggregate.Created):
        """The deployment's first policy."""

        TOPIC = "RegistrationPolicy.Adopted"
        rules: list[dict[str, Any]]
        otherwise: str

    class Replaced(Aggregate.Event):
        """An operator put another policy in its place."""

        TOPIC = "RegistrationPolicy.Replaced"
        rules: list[dict[str, Any]]
        otherwise: str

    @event(Adopted)
    def __init__(self, rules: list[dict[str, Any]], otherwise: str) -> None:
        self.rules = rules
        self.otherwise = Otherwise(otherwise)

    @classmethod
    def adopt(cls, otherwise: Otherwise) -> "RegistrationPolicy":
        """The policy a deployment begins with."""
        return cls._create(cls.Adopted, id=REGISTRATION_POLICY_STREAM, rules=[], otherwise=otherwise.value)

    def replace(self, otherwise: Otherwise) -> bool:
        """Put another policy in place; False when it is the same."""
        if otherwise is self.otherwise:
            return False
        self._replaced(rules=[], otherwise=otherwise.value)
        return True

    @event(Replaced)
    def _replaced(self, rules: list[dict[str, Any]], otherwise: str) -> None:
        self.rules = rules
        self.otherwise = Otherwise(otherwise)
