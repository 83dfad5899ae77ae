"""An agent of the fleet: which keys are its, whether it is trusted, and who decided that."""

from enum import StrEnum
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from domain.errors import MustRevokeFirst, OnlyAllowedCanBeRevoked, ReasonRequired


class Status(StrEnum):
    """The four states administrators know."""

    PENDING = "Pending"
    ALLOWED = "Allowed"
    BLOCKED = "Blocked"
    REVOKED = "Revoked"


class Agent(Aggregate):
    """Trust in one agent. Allow comes from Pending, Blocked, Revoked; block from Pending, Revoked; revoke from Allowed.

    ``trusted`` is what the worker acts on: an agent allowed from Blocked or Revoked gets it at its next
    registration request.
    """

    class Introduced(Aggregate.Created):
        """A key nobody knew asked for registration; the agent's id was given then."""

        TOPIC = "Agent.Introduced"
        fingerprint: bytes

    class Allowed(Aggregate.Event):
        """A person or a rule let the agent in."""

        TOPIC = "Agent.Allowed"
        reason: str
        rule: str = ""
        rested_on: tuple[str, ...] = ()

    class Blocked(Aggregate.Event):
        """A person or a rule keeps the agent out."""

        TOPIC = "Agent.Blocked"
        reason: str
        rule: str = ""
        rested_on: tuple[str, ...] = ()

    class Revoked(Aggregate.Event):
        """A person withdrew the trust the agent had."""

        TOPIC = "Agent.Revoked"
        reason: str

    class TrustGranted(Aggregate.Event):
        """An agent allowed after a block or a revocation asked for registration again."""

        TOPIC = "Agent.TrustGranted"

    @event(Introduced)
    def __init__(self, fingerprint: bytes) -> None:
        self.fingerprints = {fingerprint}
        self.status = Status.PENDING
        self.trusted = False

    @classmethod
    def introduce(cls, agent_id: UUID, fingerprint: bytes) -> "Agent":
        """The agent of a key that nobody knew, Pending."""
        return cls._create(cls.Introduced, id=agent_id, fingerprint=fingerprint)

    def allow(self, reason: str, *, rule: str = "", rested_on: tuple[str, ...] = ()) -> bool:
        """Let this agent in; False when it already was (nothing changed).

        ``rule`` is the rule of the registration policy that decided, ``rested_on`` the kinds of claims it looked at.
        """
        if self.status is Status.ALLOWED:
            return False
        self._allowed(reason, rule, rested_on)
        return True

    def block(self, reason: str, *, rule: str = "", rested_on: tuple[str, ...] = ()) -> bool:
        """Keep this agent out until a person allows it; False when it already was. MustRevokeFirst when Allowed."""
        if self.status is Status.ALLOWED:
            raise MustRevokeFirst
        if self.status is Status.BLOCKED:
            return False
        self._blocked(reason, rule, rested_on)
        return True

    def revoke(self, reason: str) -> bool:
        """Withdraw the trust; False when already Revoked. OnlyAllowedCanBeRevoked from any other state."""
        if not reason.strip():
            raise ReasonRequired
        if self.status is Status.REVOKED:
            return False
        if self.status is not Status.ALLOWED:
            raise OnlyAllowedCanBeRevoked(f"This machine is {self.status}: only an Allowed machine can be revoked.")
        self._revoked(reason)
        return True

    def asked_again(self) -> None:
        """The agent sent a registration request: trust allowed since its block or revocation is granted now."""
        if self.status is Status.ALLOWED and not self.trusted:
            self._trust_granted()

    @event(Allowed)
    def _allowed(self, reason: str, rule: str = "", rested_on: tuple[str, ...] = ()) -> None:
        self.trusted = self.status is Status.PENDING
        self.status = Status.ALLOWED

    @event(Blocked)
    def _blocked(self, reason: str, rule: str = "", rested_on: tuple[str, ...] = ()) -> None:
        self.trusted = False
        self.status = Status.BLOCKED

    @event(Revoked)
    def _revoked(self, reason: str) -> None:
        self.trusted = False
        self.status = Status.REVOKED

    @event(TrustGranted)
    def _trust_granted(self) -> None:
        self.trusted = True
