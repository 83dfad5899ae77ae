"""An agent of the fleet: which keys are its, whether it is trusted, and who decided that."""

from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from domain.errors import CannotMerge, MustRevokeFirst, OnlyAllowedCanBeRevoked, ReasonRequired


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

    class MergedInto(Aggregate.Event):
        """This agent turned out to be another one: its keys are the other's from now on."""

        TOPIC = "Agent.MergedInto"
        agent_id: bytes
        reason: str

    class KeyJoined(Aggregate.Event):
        """A key of a merged agent is this agent's from now on; its diary stays its own."""

        TOPIC = "Agent.KeyJoined"
        fingerprint: bytes
        subject_id: int
        from_agent_id: bytes

    class KeyLeft(Aggregate.Event):
        """A merge was undone: a key goes back to the agent it came with."""

        TOPIC = "Agent.KeyLeft"
        fingerprint: bytes
        subject_id: int
        to_agent_id: bytes

    class Separated(Aggregate.Event):
        """A merge of this agent was undone by a person: it is whole again, and nothing but a person merges it anew."""

        TOPIC = "Agent.Separated"
        fingerprints: list[bytes]
        subject_ids: list[int]
        status: str
        trusted: bool
        reason: str

    @event(Introduced)
    def __init__(self, fingerprint: bytes) -> None:
        self.fingerprints = {fingerprint}
        self.status = Status.PENDING
        self.trusted = False
        self.merged_into: UUID | None = None
        self.apart = False

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

    def asked_again(self) -> bool:
        """The agent sent a registration request: trust allowed since its block or revocation is granted now."""
        if self.status is not Status.ALLOWED or self.trusted:
            return False
        self._trust_granted()
        return True

    def merge_into(self, resource: "Agent", subjects: Mapping[bytes, int], reason: str) -> None:
        """Hand all keys to ``resource``; ``subjects`` are their numbers. Raise CannotMerge.

        Its own state of trust stays as it is: an undone merge goes back to it.
        """
        if resource.id == self.id:
            raise CannotMerge("Both are the same machine already.")
        if resource.status is not Status.ALLOWED:
            raise CannotMerge(f"The machine to merge into is {resource.status}: allow it first.")
        if self.status not in (Status.PENDING, Status.ALLOWED):
            raise CannotMerge(f"This machine is {self.status}: a person allows it first.")
        for fingerprint in sorted(self.fingerprints, key=lambda each: subjects[each]):
            resource.key_joined(fingerprint, subjects[fingerprint], self.id.bytes)
        self.merge(resource.id.bytes, reason)

    def separate_from(self, resource: "Agent", subjects: Mapping[bytes, int], reason: str) -> None:
        """Take the keys in ``subjects`` back from ``resource``. What was decided against both since, stays."""
        for fingerprint, subject_id in subjects.items():
            resource.key_left(fingerprint, subject_id, self.id.bytes)
        with_it = resource.status is not Status.ALLOWED
        status = resource.status if with_it and self.status is not Status.BLOCKED else self.status
        self.separate(
            fingerprints=list(subjects),
            subject_ids=list(subjects.values()),
            status=status.value,
            trusted=self.trusted and resource.trusted,
            reason=reason,
        )

    @event(MergedInto)
    def merge(self, agent_id: bytes, reason: str) -> None:
        """Let another agent have the keys; decided by ``merge_into``."""
        self.fingerprints = set()
        self.merged_into = UUID(bytes=agent_id)

    @event(KeyJoined)
    def key_joined(self, fingerprint: bytes, subject_id: int, from_agent_id: bytes) -> None:
        """Take a key; decided by ``merge_into``."""
        self.fingerprints.add(fingerprint)

    @event(KeyLeft)
    def key_left(self, fingerprint: bytes, subject_id: int, to_agent_id: bytes) -> None:
        """Give a key back; decided by ``separate_from``."""
        self.fingerprints.discard(fingerprint)

    @event(Separated)
    def separate(
        self, fingerprints: list[bytes], subject_ids: list[int], status: str, trusted: bool, reason: str
    ) -> None:
        """Be an agent of its own again; decided by ``separate_from``."""
        self.fingerprints = set(fingerprints)
        self.merged_into = None
        self.apart = True
        self.status = Status(status)
        self.trusted = trusted

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
