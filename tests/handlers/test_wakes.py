"""Hints go out after the commit, in parcels, as fast as the worker can answer who comes."""

from collections.abc import Iterable, Sequence
from uuid import UUID, uuid4

import pytest

from hand_clock import HandClock
from handlers.known_key import KnownKey
from handlers.memory import Memory
from handlers.outbox import Message
from handlers.wake_list import WakeList
from handlers.wakes import APART_MS, PARCEL, READS, Wakes
from store.log import StoreUnavailable
from worker_room import SpeakingAgent, WorkerRoom


def keys(count: int) -> list[bytes]:
    return [number.to_bytes(32, "big") for number in range(count)]


class Told:
    """Stands for the frontends and the log behind the wakes: ``told`` has the keys of each parcel."""

    def __init__(self, room: WorkerRoom) -> None:
        self.clock = HandClock()
        self.told: list[list[bytes]] = []
        self.log: dict[UUID, list[bytes]] = {}
        self.reads = 0
        self.is_down = False
        self.lacking: set[bytes] = set()
        self.memory = Memory(room.records)
        self.wakes = Wakes(self.memory, self.keys_of, self.lacks, self.tell, self.clock)

    def lacks(self, known: KnownKey) -> bool:
        if self.is_down:
            raise StoreUnavailable
        return known.fingerprint in self.lacking

    def keys_of(self, agent_id: UUID) -> Iterable[bytes]:
        if self.is_down:
            raise StoreUnavailable
        self.reads += 1
        return self.log.get(agent_id, [])

    def tell(self, wanted: Sequence[bytes]) -> list[Message]:
        self.told.append(list(wanted))
        return []

    def add(self, wanted: Iterable[bytes] = (), agents: Iterable[UUID] = ()) -> None:
        listed = WakeList()
        for each in wanted:
            listed.key(each)
        for agent_id in agents:
            listed.agent(agent_id)
        self.wakes.add(listed)

    def go_on(self, parcels: int) -> None:
        for _ in range(parcels):
            self.wakes.due()
            self.clock.forward(APART_MS)


@pytest.fixture
def told(room: WorkerRoom) -> Told:
    return Told(room)


def test_a_few_are_told_at_once(told: Told) -> None:
    told.add(keys(100))
    told.wakes.due()

    assert told.told == [keys(100)]
    assert told.wakes.wait_s(0.5) == 0.5


def test_ten_thousand_are_told_in_parcels_at_a_pace(told: Told) -> None:
    told.add(keys(10_000))
    told.wakes.due()
    told.wakes.due()
    at_once, wait_s = len(told.told), told.wakes.wait_s(0.5)
    told.clock.forward(APART_MS)
    told.go_on(19)

    assert (at_once, wait_s) == (1, APART_MS / 1000)
    assert [len(parcel) for parcel in told.told] == [PARCEL] * 20
    assert [key for parcel in told.told for key in parcel] == keys(10_000)
    assert 10_000 / PARCEL * APART_MS <= 10_000, "all of them within ten seconds"


def test_whoever_waits_to_be_told_is_told_once(told: Told) -> None:
    told.add(keys(3))
    told.add(keys(4))
    told.wakes.due()

    assert told.told == [keys(4)]


def test_a_clock_that_was_put_back_holds_nothing_up(told: Told) -> None:
    told.add(keys(1))
    told.wakes.due()
    told.clock.forward(-3_600_000)
    told.add(keys(2))
    told.wakes.due()

    assert len(told.told) == 2


def test_agents_that_memory_does_not_know_are_read_a_few_at_a_time(told: Told) -> None:
    agents = [uuid4() for _ in range(2 * READS + 1)]
    told.log = {agent_id: [agent_id.bytes * 2] for agent_id in agents}
    told.add(agents=agents)

    told.wakes.due()
    reads_at_once = told.reads
    told.clock.forward(APART_MS)
    told.go_on(2)

    assert reads_at_once == READS
    assert [len(parcel) for parcel in told.told] == [READS, READS, 1]


def test_a_store_that_is_away_is_waited_for(told: Told) -> None:
    agent_id = uuid4()
    told.log = {agent_id: keys(1)}
    told.add(agents=[agent_id])
    told.is_down = True
    told.go_on(3)
    told.is_down = False
    told.go_on(1)

    assert [parcel for parcel in told.told if parcel] == [keys(1)]


def review(told: Told) -> None:
    anew = WakeList()
    anew.assigned_anew()
    told.memory.take_over()
    told.wakes.add(anew)


def test_when_something_assigned_has_changed_those_are_told_who_lack_it(room: WorkerRoom, told: Told) -> None:
    lacking, having, revoked = agents = [SpeakingAgent(room, name) for name in ("pc-1", "pc-2", "pc-3")]
    for agent in agents:
        agent.enrol()
    revoked.be_revoked()
    told.lacking = {lacking.fingerprint, revoked.fingerprint}
    review(told)
    for agent in agents:
        told.memory.key(agent.fingerprint)

    told.wakes.due()

    assert told.told == [[lacking.fingerprint]]
    assert told.wakes.wait_s(0.5) == 0.5
    assert having.fingerprint not in told.told[0]


def test_of_whom_nothing_was_heard_since_the_worker_took_over_is_told_to_be_sure(room: WorkerRoom, told: Told) -> None:
    agent = SpeakingAgent(room)
    agent.enrol()
    review(told)

    told.wakes.due()

    assert told.told == [[agent.fingerprint]]


def test_a_store_that_is_away_during_a_review_is_waited_for(room: WorkerRoom, told: Told) -> None:
    agent = SpeakingAgent(room)
    agent.enrol()
    review(told)
    told.memory.key(agent.fingerprint)
    told.lacking = {agent.fingerprint}

    told.is_down = True
    told.go_on(2)
    told.is_down = False
    told.go_on(1)

    assert [parcel for parcel in told.told if parcel] == [[agent.fingerprint]]


def test_changes_that_come_faster_than_a_review_keep_nobody_waiting_for_ever(told: Told) -> None:
    everybody = keys(3 * PARCEL)
    told.memory.take_over()
    told.memory._subject_of = {key: number for number, key in enumerate(everybody, 1)}
    anew = WakeList()
    anew.assigned_anew()

    for _ in range(3):
        told.wakes.add(anew)
        told.go_on(1)

    assert [key for parcel in told.told for key in parcel] == everybody
