"""What the worker keeps in memory of one key: enough to judge its next package without reading the log."""

from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from domain.agent import Agent, Status
from domain.diary import Decision
from wire.held import NO_LISTS, NOTHING, Held, Version
from wire.keys import PublicKey
from wire.refusals import Reason

_REASONS = {
    Status.PENDING: Reason.PENDING,
    Status.BLOCKED: Reason.BLOCKED,
    Status.REVOKED: Reason.REVOKED,
    Status.FORKED: Reason.FORK,
}


class LastEntry(NamedTuple):
    """The newest package in a key's diary, to tell a repeat from a fork."""

    number: int
    type: int
    state_hash: bytes
    body_digest: bytes


@dataclass
class KnownKey:
    """A registered key. ``accepted_hash`` names the properties the server holds; None asks for the full set.

    ``changes`` counts the requests recorded since the key was loaded: each makes the next wait longer.
    ``offered``: named as successor by another key of the agent and not used yet; ``retired``: itself replaced;
    ``forked``: two machines used it.
    ``told_id`` is the agent's id that the key was told last, in the answer to ``told_number`` (0: to a registration).
    ``gap_ms``: agent time of the newest package refused as a gap; what was signed before may have another number now.
    """

    public_key: PublicKey
    subject_id: int
    agent_id: UUID
    name: str
    status: Status
    trusted: bool
    claims_digest: bytes
    requested_ms: int
    next_number: int = 1
    last: LastEntry | None = None
    last_decision: Decision = Decision.ACCEPTED
    accepted_hash: bytes | None = None
    refused_ms: dict[str, int] = field(default_factory=dict)
    changes: int = 0
    algorithms: tuple[str, ...] = ()
    retired: bool = False
    offered: bool = False
    told_id: bytes = b""
    told_number: int = 0
    held_hash: bytes = NO_LISTS
    """Second half of the state hash under which this agent said what it holds."""
    held_version: Version = NOTHING
    held_items: dict[bytes, int] | None = None
    """What it said it holds, while it lacks something."""
    held_recalled: bool = False
    """What it said to an earlier worker was looked up."""
    interval_s: int = 0
    """How often it calls in, as far as this worker knows; 0 for not yet."""
    slot_s: int = 0
    """The second, UTC, in which it was asked to call in next; 0 for any."""
    gap_ms: int = 0
    forked: bool = False

    @property
    def fingerprint(self) -> bytes:
        """The protocol identity."""
        return self.public_key.fingerprint

    def refusal(self) -> Reason | None:
        """Why a package of this key is not acted on; None when it is trusted."""
        if self.retired:
            return Reason.KEY_REPLACED
        if self.forked:
            return Reason.FORK
        if self.trusted:
            return None
        return _REASONS.get(self.status, Reason.TRUST_NOT_GRANTED)

    def news_of_id(self, number: int) -> bytes:
        """The agent's id when the answer to this package is to tell it: once after a change, and to its repeats."""
        if self.told_id == self.agent_id.bytes and self.told_number != number:
            return b""
        self.told_id, self.told_number = self.agent_id.bytes, number
        return self.told_id

    def follow(self, agent: Agent) -> None:
        """Take over what was decided about the key's agent."""
        self.status, self.trusted = agent.status, agent.trusted
        self.retired, self.offered = agent.is_retired(self.fingerprint), agent.is_offered(self.fingerprint)
        self.forked = agent.is_forked(self.fingerprint)

    def holds(self, lists_hash: bytes, held: Held) -> None:
        """The agent said what is complete on its disk."""
        self.held_hash, self.held_version, self.held_items = lists_hash, held.version, held.items

    def written(self, entry: LastEntry, decision: Decision, properties_hash: bytes) -> None:
        """The diary has a further entry."""
        self.last, self.last_decision = entry, decision
        self.next_number = entry.number + 1
        if decision is Decision.ACCEPTED:
            self.accepted_hash = properties_hash
        elif decision is Decision.PROPERTIES_WANTED:
            self.accepted_hash = None
