"""Parked events: what a build could not take, visible until the projection is built anew, and what waits behind it."""

from dataclasses import dataclass, field
from uuid import UUID

from eventsourcing.persistence import Notification

from domain.agent import Agent
from domain.ids import registration_stream
from domain.registration import Registration
from projections.database import Reader, Transaction
from store.log import EventLog
from store.mapper import EventMapper, Recorded
from store.state import UnreadableState

MAX_ERROR = 500


@dataclass
class ParkedAgents:
    """Whose events are parked: taking a later one without the earlier one would make wrong rows."""

    subjects: set[int] = field(default_factory=set)
    streams: set[UUID] = field(default_factory=set)

    @classmethod
    def load(cls, reader: Reader, build: int) -> "ParkedAgents":
        """Those of one build."""
        rows = reader.query("SELECT DISTINCT subject_id, agent_id, stream FROM parked WHERE build = ?", (build,))
        parked = cls()
        for row in rows:
            parked.add(row["subject_id"], row["agent_id"], UUID(bytes=row["stream"]))
        return parked

    def add(self, subject_id: int | None, agent_id: bytes | None, stream: UUID) -> None:
        """From now on events of this agent wait."""
        self.streams.add(stream)
        if subject_id is not None:
            self.subjects.add(subject_id)
        if agent_id is not None:
            self.streams.add(UUID(bytes=agent_id))

    def __bool__(self) -> bool:
        return bool(self.streams)

    def holds(self, row: Notification, event: Recorded | None) -> bool:
        """Whether this event waits."""
        if row.originator_id in self.streams:
            return True
        return event is not None and event.meta.subject_id in self.subjects


class Owners:
    """Finds in the log whose event it is: the agent of a subject, the subject of an agent."""

    def __init__(self, log: EventLog, mapper: EventMapper) -> None:
        self._log = log
        self._mapper = mapper

    def of(self, row: Notification, event: Recorded | None) -> tuple[int | None, bytes | None]:
        """Subject and agent of an event, as far as they can be told."""
        assert isinstance(row.originator_id, UUID)
        if event is not None and event.meta.subject_id is not None:
            return event.meta.subject_id, self._agent_of(event.meta.subject_id)
        if row.topic.startswith("Agent."):
            return self._subject_of(row.originator_id), row.originator_id.bytes
        return self._owner_of_stream(row.originator_id) if event is None else (None, None)

    def _owner_of_stream(self, stream: UUID) -> tuple[int | None, bytes | None]:
        """Whose an event is that cannot be read: the first one of its stream may tell."""
        first = self._first(stream)
        subject_id = None if first is None else first.meta.subject_id
        return subject_id, None if subject_id is None else self._agent_of(subject_id)

    def _agent_of(self, subject_id: int) -> bytes | None:
        subject = self._log.subject(subject_id)
        if subject is None:
            return None
        facts = self._first_facts(registration_stream(subject.fingerprint), Registration.Requested.TOPIC)
        return None if facts is None else facts["agent_id"]

    def _subject_of(self, agent_id: UUID) -> int | None:
        facts = self._first_facts(agent_id, Agent.Introduced.TOPIC)
        subject = None if facts is None else self._log.subject_of(facts["fingerprint"])
        return None if subject is None else subject.subject_id

    def _first_facts(self, stream: UUID, topic: str) -> dict[str, bytes] | None:
        first = self._first(stream)
        return None if first is None or first.topic != topic else first.facts

    def _first(self, stream: UUID) -> Recorded | None:
        for stored in self._log.stream(stream, limit=1):
            row = Notification(stored.originator_id, stored.originator_version, stored.topic, stored.state, 0)
            try:
                return self._mapper.decode(row, personal=False)
            except UnreadableState:
                return None
        return None


def park(
    transaction: Transaction, build: int, row: Notification, owner: tuple[int | None, bytes | None], error: str
) -> None:
    """Write down an event that was not taken; `error` is empty when it only waits."""
    assert isinstance(row.originator_id, UUID)
    transaction.execute(
        "INSERT INTO parked (build, position, topic, stream, subject_id, agent_id, error) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (build, row.id, row.topic, row.originator_id.bytes, *owner, error[:MAX_ERROR].replace("\0", "")),
    )
