"""An agent of the fleet: which keys are its, whether it is trusted, and who decided that."""

from collections.abc import Sequence
from itertools import zip_longest
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from domain.errors import MustRevokeFirst, OnlyAllowedCanBeRevoked, ReasonRequired
from domain.held_keys import HeldKeys
from domain.status import Status as Status


class Agent(HeldKeys, Aggregate):
    """Trust in one agent. Allow comes from Pending, Blocked, Revoked; block from Pending, Revoked; revoke from Allowed.

    ``trusted`` is what the worker acts on: an agent allowed from Blocked or Revoked gets it at its next
    registration request.
    """

    class Introduced(Aggregate.Created):
        """A key nobody knew asked for registration; the agent's id was given then."""

        TOPIC = "Agent.Introduced"
        fingerprint: bytes
        fork_of: bytes = b""
        """The agent whose key two machines used; this one is one of them, and nothing but a person decides about it."""

    class Allowed(Aggregate.Event):
        """A person or a rule let the agent in; ``duplicate_of`` is what the decision knew it to be a duplicate of."""

        TOPIC = "Agent.Allowed"
        reason: str
        rule: str = ""
        rested_on: tuple[str, ...] = ()
        duplicate_of: tuple[bytes, ...] = ()

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
        """A key of a merged agent is this agent's from now on; its diary stays its own.

        ``offered`` and ``replaced_by`` are the key's successors, unused and used: a retired key stays retired.
        """

        TOPIC = "Agent.KeyJoined"
        fingerprint: bytes
        subject_id: int
        from_agent_id: bytes
        offered: bytes = b""
        replaced_by: bytes = b""
        forked: bool = False

    class KeyLeft(Aggregate.Event):
        """A merge was undone: a key goes back to the agent it came with. ``closed``: those that stay are forked."""

        TOPIC = "Agent.KeyLeft"
        fingerprint: bytes
        subject_id: int
        to_agent_id: bytes
        closed: bool = False

    class Separated(Aggregate.Event):
        """A merge of this agent was undone by a person: it is whole again, and nothing but a person merges it anew.

        ``offered`` and ``replaced_by`` are the successors of the keys, in their order; empty for none.
        """

        TOPIC = "Agent.Separated"
        fingerprints: list[bytes]
        subject_ids: list[int]
        status: str
        trusted: bool
        reason: str
        offered: Sequence[bytes] = ()
        replaced_by: Sequence[bytes] = ()
        forked: Sequence[bool] = ()

    class KeyOffered(Aggregate.Event):
        """A key of the agent offered its successor, which proved itself; the old key stays good until that is used.

        ``migrated``: the old key authorises nothing any more, an opened migration window let it hand over once.
        """

        TOPIC = "Agent.KeyOffered"
        old: bytes
        new: bytes
        migrated: bool = False
        at_ms: int = 0

    class KeyReplaced(Aggregate.Event):
        """The offered key was used for an accepted package: the old one is good for nothing any more."""

        TOPIC = "Agent.KeyReplaced"
        old: bytes
        new: bytes

    class Forked(Aggregate.Event):
        """Two bodies were signed under one number by a key: two machines use it, and it is good for neither.

        The recorded body is the key's diary entry of that number, the other one the package refused before this.
        ``successor`` was offered by the key and is lost with it. ``closed``: the agent had no other key.
        """

        TOPIC = "Agent.Forked"
        fingerprint: bytes
        number: int
        successor: bytes = b""
        closed: bool = True

    class Branched(Aggregate.Event):
        """A machine proved that it holds a key of this agent, and asked to be an agent of its own."""

        TOPIC = "Agent.Branched"
        agent_id: bytes
        fingerprint: bytes

    @event(Introduced)
    def __init__(self, fingerprint: bytes, fork_of: bytes = b"") -> None:
        self.fingerprints = {fingerprint}
        self.status = Status.PENDING
        self.trusted = False
        self.merged_into: UUID | None = None
        self.fork_of = fork_of
        self.apart = bool(fork_of)
        self.let_in_as: set[bytes] = set()
        self.offers: dict[bytes, bytes] = {}
        self.replaced_by: dict[bytes, bytes] = {}
        self.forked: set[bytes] = set()
        self.offers_made, self.last_offer_ms = 0, 0

    @classmethod
    def introduce(cls, agent_id: UUID, fingerprint: bytes, fork_of: bytes = b"") -> "Agent":
        """The agent of a key that nobody knew, Pending."""
        return cls._create(cls.Introduced, id=agent_id, fingerprint=fingerprint, fork_of=fork_of)

    def allow(
        self, reason: str, *, rule: str = "", rested_on: tuple[str, ...] = (), duplicate_of: Sequence[bytes] = ()
    ) -> bool:
        """Let this agent in; False when it already was (nothing changed).

        ``rule`` is the rule of the registration policy that decided, ``rested_on`` the kinds of claims it looked at.
        """
        self._must_be_open()
        if self.status is Status.ALLOWED:
            return False
        self._allowed(reason, rule, rested_on, tuple(duplicate_of))
        return True

    def block(self, reason: str, *, rule: str = "", rested_on: tuple[str, ...] = ()) -> bool:
        """Keep this agent out until a person allows it; False when it already was. MustRevokeFirst when Allowed."""
        self._must_be_open()
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
        self._must_be_open()
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

    @event(MergedInto)
    def merge(self, agent_id: bytes, reason: str) -> None:
        """Let another agent have the keys; decided in domain/merging.py."""
        self.fingerprints = set()
        self.offers, self.replaced_by, self.forked = {}, {}, set()
        self.merged_into = UUID(bytes=agent_id)

    @event(KeyJoined)
    def key_joined(
        self,
        fingerprint: bytes,
        subject_id: int,
        from_agent_id: bytes,
        offered: bytes = b"",
        replaced_by: bytes = b"",
        forked: bool = False,
    ) -> None:
        """Take a key; decided in domain/merging.py."""
        self._take(fingerprint, offered, replaced_by, forked)

    @event(KeyLeft)
    def key_left(self, fingerprint: bytes, subject_id: int, to_agent_id: bytes, closed: bool = False) -> None:
        """Give a key back; decided in domain/merging.py."""
        self._give(fingerprint)
        self._close_if(closed)

    @event(Separated)
    def separate(
        self,
        fingerprints: list[bytes],
        subject_ids: list[int],
        status: str,
        trusted: bool,
        reason: str,
        offered: Sequence[bytes] = (),
        replaced_by: Sequence[bytes] = (),
        forked: Sequence[bool] = (),
    ) -> None:
        """Be an agent of its own again; decided in domain/merging.py."""
        for key, offer, replacement, lost in zip_longest(fingerprints, offered, replaced_by, forked, fillvalue=b""):
            self._take(key, offer, replacement, bool(lost))
        self.merged_into = None
        self.apart = True
        self.status = Status(status)
        self.trusted = trusted

    @event(Forked)
    def key_forked(self, fingerprint: bytes, number: int, successor: bytes = b"", closed: bool = True) -> None:
        """Lose a key; decided in domain/forking.py."""
        self.forked |= {fingerprint, successor} - {b""}
        self._close_if(closed)

    @event(Branched)
    def branch(self, agent_id: bytes, fingerprint: bytes) -> None:
        """Tell of an agent that came out of this one: nothing changes here."""

    def offer_key(self, old: bytes, new: bytes, at_ms: int, *, migrated: bool = False) -> bool:
        """``old`` names ``new`` as its successor; False when it is the offer already. A second offer replaces it."""
        if self.offers.get(old) == new:
            return False
        self._key_offered(old=old, new=new, migrated=migrated, at_ms=at_ms)
        return True

    def key_used(self, fingerprint: bytes) -> bool:
        """A package of this key was accepted: if it was only offered until now, the old key is retired."""
        old = next((old for old, new in self.offers.items() if new == fingerprint), None)
        if old is None:
            return False
        self._key_replaced(old=old, new=fingerprint)
        return True

    @event(KeyOffered)
    def _key_offered(self, old: bytes, new: bytes, migrated: bool = False, at_ms: int = 0) -> None:
        self.offers_made, self.last_offer_ms = self.offers_made + 1, at_ms
        if (withdrawn := self.offers.get(old)) is not None:
            self.replaced_by[withdrawn] = new
        self.offers[old] = new
        self.fingerprints.add(new)

    @event(KeyReplaced)
    def _key_replaced(self, old: bytes, new: bytes) -> None:
        del self.offers[old]
        self.replaced_by[old] = new

    @event(Allowed)
    def _allowed(
        self, reason: str, rule: str = "", rested_on: tuple[str, ...] = (), duplicate_of: tuple[bytes, ...] = ()
    ) -> None:
        self.trusted = self.status is Status.PENDING
        self.status = Status.ALLOWED
        self.let_in_as |= set(duplicate_of)

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
