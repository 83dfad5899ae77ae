"""Where agents are, as their placements and merges in the log say."""

from dataclasses import dataclass, field
from uuid import UUID

from eventsourcing.persistence import Notification

from domain.agent import Agent
from domain.placement import Placement
from handlers.derived import Derived
from store.mapper import Recorded
from store.side_tables import PLACEMENTS, Key, Rest
from store.state import decode_state


@dataclass
class _Placed:
    """By the events of one placement."""

    agent_id: bytes
    group_id: bytes
    overrides: set[str] = field(default_factory=set)


class DerivedPlaces(Derived):
    """The table names the newest event of the transaction that put an agent somewhere. The log does not tell where a
    transaction ended, but its events have one time: a position up to the last event of that time is right.
    """

    table = PLACEMENTS
    topics = frozenset(
        each.TOPIC
        for each in (
            *(Placement.Begun, Placement.Moved, Placement.PolicyOverridden, Placement.OverrideEnded),
            *(Agent.MergedInto, Agent.KeyJoined, Agent.Separated),
        )
    )

    def __init__(self) -> None:
        super().__init__()
        self._placements: dict[UUID, _Placed] = {}
        self._of_agent: dict[bytes, _Placed] = {}
        self._rows: dict[Key, Rest] = {}
        self._first: dict[Key, int] = {}
        self._open: set[Key] = set()
        self._open_ms = 0

    @property
    def watches(self) -> bool:
        """Until the time of the last event taken is over."""
        return bool(self._open)

    def pass_by(self, row: Notification) -> None:
        """An event of the same time may be of the same transaction."""
        if decode_state(row.state)[0].recorded_at_ms != self._open_ms:
            self._open.clear()
        for key in self._open:
            self._rows[key] = (*self._rows[key][:2], row.id)

    def take(self, event: Recorded) -> None:
        """An agent is elsewhere, or has or lost something of its own, or is another one."""
        if event.topic.startswith(Agent.__name__):
            agent_id = event.stream.bytes
            placed = None if event.topic == Agent.MergedInto.TOPIC else self._of_agent.get(agent_id)
        else:
            placed = self._placed(event)
            agent_id = placed.agent_id
        key = (agent_id,)
        self._rows[key] = (
            (placed.group_id, bool(placed.overrides), event.position) if placed else (b"", False, event.position)
        )
        self._first[key] = event.position
        self._open.add(key)
        self._open_ms = event.meta.recorded_at_ms
        self.touched.add(key)

    def expected(self) -> dict[Key, Rest]:
        """Each agent that was ever put anywhere."""
        return self._rows

    def is_right(self, key: Key, stored: Rest, expected: Rest) -> bool:
        """The same place, as of any position of that time."""
        return stored[:2] == expected[:2] and self._first[key] <= stored[2] <= expected[2]

    def _placed(self, event: Recorded) -> _Placed:
        facts = event.facts
        if event.topic == Placement.Begun.TOPIC:
            placed = _Placed(facts["agent_id"], facts["group_id"])
            self._placements[event.stream] = self._of_agent[placed.agent_id] = placed
            return placed
        placed = self._placements[event.stream]
        if event.topic == Placement.Moved.TOPIC:
            placed.group_id = facts["group_id"]
        elif event.topic == Placement.PolicyOverridden.TOPIC:
            placed.overrides.add(facts["category"])
        else:
            placed.overrides.discard(facts["category"])
        return placed
