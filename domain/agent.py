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

    class Blocked(Aggregate.Event):
        """A person or a rule keeps the agent out."""

        TOPIC = "Agent.Blocked"
        reason: str

    class Revoked(Aggregate.Event):
        """A person withdrew the trust the agent had."""

        TOPIC = "Agent.Revoked"
        reason: str

    class TrustGranted(Aggregate.Event):
        """An agent allowed after a block or a revocation asked for registration again."""

        TOPIC = "Agent.TrustGranted"

    class KeyOffered(Aggregate.Event):
        """A key of the agent offered its successor, which proved itself; the old key stays good until that is used.

        ``migrated``: the old key authorises nothing any more, an opened migration window let it hand over once.
        """

        TOPIC = "Agent.KeyOffered"
        old: bytes
        new: bytes
        migrated: bool = False

    class KeyReplaced(Aggregate.Event):
        """The offered key was used for an accepted package: the old one is good for nothing any more."""

        TOPIC = "Agent.KeyReplaced"
        old: bytes
        new: bytes

    @event(Introduced)
    def __init__(self, fingerprint: bytes) -> None:
        self.fingerprints = {fingerprint}
        self.status = Status.PENDING
        self.trusted = False
        self.offers: dict[bytes, bytes] = {}
        self.replaced_by: dict[bytes, bytes] = {}
        self.migrated = False

    @classmethod
    def introduce(cls, agent_id: UUID, fingerprint: bytes) -> "Agent":
        """The agent of a key that nobody knew, Pending."""
        return cls._create(cls.Introduced, id=agent_id, fingerprint=fingerprint)

    def allow(self, reason: str) -> bool:
        """Let this agent in; False when it already was (nothing changed)."""
        if self.status is Status.ALLOWED:
            return False
        self._allowed(reason)
        return True

    def block(self, reason: str) -> bool:
        """Keep this agent out until a person allows it; False when it already was. MustRevokeFirst when Allowed."""
        if self.status is Status.ALLOWED:
            raise MustRevokeFirst
        if self.status is Status.BLOCKED:
            return False
        self._blocked(reason)
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

    def is_retired(self, fingerprint: bytes) -> bool:
        """True for a key that another has replaced, and for an offer that a later offer has replaced."""
        return fingerprint in self.replaced_by

    def is_offered(self, fingerprint: bytes) -> bool:
        """True for a key that was offered and not used yet."""
        return fingerprint in self.offers.values()

    def offer_key(self, old: bytes, new: bytes, *, migrated: bool = False) -> bool:
        """``old`` names ``new`` as its successor; False when it is the offer already. A second offer replaces it."""
        if self.offers.get(old) == new:
            return False
        self._key_offered(old=old, new=new, migrated=migrated)
        return True

    def key_used(self, fingerprint: bytes) -> bool:
        """A package of this key was accepted: if it was only offered until now, the old key is retired."""
        old = next((old for old, new in self.offers.items() if new == fingerprint), None)
        if old is None:
            return False
        self._key_replaced(old=old, new=fingerprint)
        return True

    @event(KeyOffered)
    def _key_offered(self, old: bytes, new: bytes, migrated: bool = False) -> None:
        if (withdrawn := self.offers.get(old)) is not None:
            self.replaced_by[withdrawn] = new
        self.offers[old] = new
        self.fingerprints.add(new)
        self.migrated = self.migrated or migrated

    @event(KeyReplaced)
    def _key_replaced(self, old: bytes, new: bytes) -> None:
        del self.offers[old]
        self.replaced_by[old] = new

    @event(Allowed)
    def _allowed(self, reason: str) -> None:
        self.trusted = self.status is Status.PENDING
        self.status = Status.ALLOWED

    @event(Blocked)
    def _blocked(self, reason: str) -> None:
        self.trusted = False
        self.status = Status.BLOCKED

    @event(Revoked)
    def _revoked(self, reason: str) -> None:
        self.trusted = False
        self.status = Status.REVOKED

    @event(TrustGranted)
    def _trust_granted(self) -> None:
        self.trusted = True
