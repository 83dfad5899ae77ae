"""What the rest of Muster may ask of the event log, whichever database keeps it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    Notification,
    OperationalError,
    StoredEvent,
)


class NewSubject(NamedTuple):
    """The wrapped key that seals the personal part of one registration's events.

    `subject_id` is positive and below 2**63; `fingerprint` is that of the registration's key.
    """

    subject_id: int
    fingerprint: bytes
    wrapped_key: bytes


class ResourceKeySeen(NamedTuple):
    """A registration named a resource: keyed hash of kind and value, fingerprint of the registration's key."""

    digest: bytes
    fingerprint: bytes


class AgentPlaced(NamedTuple):
    """An agent is in a group of the system tree; `overridden` when it has policies of its own.

    An empty `group_id`: nobody put it anywhere, or its keys are another agent's now. At most one of an agent in one
    transaction.
    """

    agent_id: bytes
    group_id: bytes
    overridden: bool = False


class Place(NamedTuple):
    """Where an agent is, and the position of the newest event of the transaction that put it there."""

    group_id: bytes
    overridden: bool
    position: int


class HeldSaid(NamedTuple):
    """An agent said what it holds: under which hash, and the version of its manifest. At most one in a transaction."""

    subject_id: int
    lists_hash: bytes
    epoch: int
    position: int


class StoredSnapshot(NamedTuple):
    """An aggregate as it was in this version, sealed: a cache, which may be thrown away at any time."""

    stream: UUID
    version: int
    sealed: bytes


SideRow = NewSubject | ResourceKeySeen | AgentPlaced | HeldSaid


class Fence(NamedTuple):
    """Proof that `holder` held the lease `name`; it is worth nothing once a higher number was given."""

    name: str
    holder: str
    fence: int


class FenceLost(Exception):
    """Another process has taken over this role; nothing was recorded."""

    def __init__(self, fence: Fence) -> None:
        super().__init__(f"{self.__doc__} ({fence.name}, {fence.holder}, fence {fence.fence})")
        self.fence = fence


class AlreadyRecorded(IntegrityError):
    """An event of this batch is already in the log; nothing of the batch was recorded."""


class StoreUnavailable(OperationalError):
    """The event store cannot be reached or refuses to work; what was asked may or may not have been done."""


class KeyAlreadySealed(Exception):
    """A sealed key of this name is already stored; it is never overwritten."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{self.__doc__} ({name})")
        self.name = name


class SchemaMismatch(Exception):
    """The event store was not prepared, or by another version of Muster."""


class EventLog(Protocol):
    """One log in one total order, append only.

    A position grows with every event and never changes; positions have gaps. Whoever has seen a position has
    already been able to see every earlier one. Reading may be done from several threads, appending from one.
    """

    def append(self, events: Sequence[StoredEvent], *, fence: Fence, side: Sequence[SideRow] = ()) -> list[int]:
        """Record the events and side rows in one transaction that also checks the fence and renews its lease.

        Returns the positions, in the order of the events. Raises FenceLost, AlreadyRecorded (nothing was
        recorded), or StoreUnavailable: then forget what was staged and read again before deciding again.
        """
        ...

    def read(self, after: int, limit: int) -> list[Notification]:
        """The next events with a position greater than `after`, in order."""
        ...

    def head(self) -> int:
        """The position of the newest event, 0 when there is none."""
        ...

    def wait(self, after: int, timeout_s: float) -> bool:
        """Wait until the log may have grown beyond `after`: True at once then, False after the timeout."""
        ...

    def stream(self, originator_id: UUID, after_version: int = 0, limit: int | None = None) -> list[StoredEvent]:
        """The events of one stream with a version greater than `after_version`, in order."""
        ...

    def rows(self, keys: Sequence[tuple[UUID, int]]) -> dict[tuple[UUID, int], StoredEvent]:
        """The events with these streams and versions, in one query; what is not there is left out."""
        ...

    def position_of(self, originator_id: UUID, version: int) -> int:
        """The position of the event with this stream and version, 0 when there is none."""
        ...

    def subjects(self) -> Iterator[NewSubject]:
        """Every subject, by growing subject_id."""
        ...

    def subject(self, subject_id: int) -> NewSubject | None:
        """The subject of this number."""
        ...

    def subject_of(self, fingerprint: bytes) -> NewSubject | None:
        """The subject of the registration with this key."""
        ...

    def held_said(self, subject_id: int) -> HeldSaid | None:
        """What the agent of this key said last that it holds; None when it never said anything."""
        ...

    def registrations_with(self, digests: Sequence[bytes]) -> set[bytes]:
        """The fingerprints of all registrations that named one of these resources."""
        ...

    def place_of(self, agent_id: bytes) -> Place | None:
        """Where an agent was put; None when it never was."""
        ...

    def agents_in(self, groups: Sequence[bytes]) -> int:
        """How many agents were put into these groups and are there still."""
        ...

    def snapshot(self, originator_id: UUID) -> StoredSnapshot | None:
        """The snapshot of a stream; None when there is none."""
        ...

    def put_snapshot(self, snapshot: StoredSnapshot, *, fence: Fence) -> None:
        """Replace the snapshot of its stream, in a transaction that checks the fence. FenceLost, StoreUnavailable."""
        ...

    def sealed_key(self, name: str) -> bytes | None:
        """The sealed private key stored under this name."""
        ...

    def put_sealed_key(self, name: str, sealed: bytes) -> None:
        """Store a sealed private key for ever. Raises KeyAlreadySealed."""
        ...

    def drop_sealed_key(self, name: str) -> None:
        """Destroy a sealed private key; one that is not there is no error."""
        ...

    @property
    def recorder(self) -> ApplicationRecorder:
        """The same log for the eventsourcing library; its insert_events needs `fence` as a keyword."""
        ...

    def close(self) -> None:
        """Let go of every connection; the log cannot be used afterwards."""
        ...
