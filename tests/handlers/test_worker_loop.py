"""The worker's loop: commit, acknowledge, answer; a failing store is waited for, a lost lease ends the term."""

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from eventsourcing.persistence import StoredEvent
from prometheus_client import CollectorRegistry

from broker.in_process import InProcessBroker
from broker.messages import Answers, PackageReceived, Packages, Verdict, decode_reply, encode
from domain.desired_orders import CreateGroup
from domain.ids import SYSTEM_TREE_STREAM
from handlers.metrics import WorkerMetrics
from handlers.records import Records
from handlers.shift import Shift
from handlers.worker import Pace, Worker
from store.log import Fence, SideRow, StoreUnavailable
from worker_room import HANDLER, SpeakingAgent, WorkerRoom

QUICK = Pace(lease_s=0.01, idle_s=0.01, apart_s=0.001, fault_s=0.01, longest_fault_s=0.02)


class FailingLog:
    """The room's log, which refuses the next ``failures`` appends, before or after it has recorded them."""

    def __init__(self, room: WorkerRoom) -> None:
        self._log: Any = room.log
        self.failures = 0
        self.after_recording = False

    def append(self, events: Sequence[StoredEvent], *, fence: Fence, side: Sequence[SideRow] = ()) -> list[int]:
        if self.failures:
            self.failures -= 1
            if self.after_recording:
                self._log.append(events, fence=fence, side=side)
            raise StoreUnavailable
        positions: list[int] = self._log.append(events, fence=fence, side=side)
        return positions

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


class RunningWorker:
    """A worker in its thread on an in-process broker, and a frontend's ear."""

    def __init__(self, room: WorkerRoom) -> None:
        self.broker = InProcessBroker()
        self.log = FailingLog(room)
        self.answers: list[Any] = []
        self.heard = threading.Condition()
        self.terms = 0
        self.worker = Worker("worker-1", room.leases, self.broker.worker_bus, self._shift, QUICK)
        self._room = room
        self._frontend = self.broker.frontend_bus(HANDLER, lambda call, *arguments: call(*arguments))
        self._frontend.start(self._listen, lambda _pressed: None)
        self._thread = threading.Thread(target=self.worker.run)

    def _shift(self, fence: Fence) -> Shift:
        self.terms += 1
        mapper = self._room.new_records().mapper
        records = Records(self.log, mapper, self._room.snapshot_every)
        metrics = WorkerMetrics(CollectorRegistry())
        return Shift(self._room.deployment, records, fence, self._room.order_keys, metrics)

    def start(self) -> None:
        self._thread.start()
        assert self.worker.working.wait(10)

    def send(self, packages: Sequence[PackageReceived]) -> None:
        self._frontend.send(encode(Packages(list(packages))))

    def wait_for_answers(self, count: int) -> list[Any]:
        with self.heard:
            assert self.heard.wait_for(lambda: len(self.answers) >= count, 20)
            return list(self.answers)

    def stop(self) -> None:
        self.worker.stop.set()
        self._thread.join(20)
        assert not self._thread.is_alive()

    def _listen(self, body: bytes) -> None:
        reply = decode_reply(body)
        assert isinstance(reply, Answers)
        with self.heard:
            self.answers += reply.answers
            self.heard.notify_all()


@pytest.fixture
def running(room: WorkerRoom, allowed: SpeakingAgent) -> Iterator[RunningWorker]:
    running = RunningWorker(room)
    yield running
    running.stop()


def test_packages_are_committed_before_they_are_answered(
    room: WorkerRoom, allowed: SpeakingAgent, running: RunningWorker
) -> None:
    running.start()

    running.send([allowed.bound(allowed.call_in(number))[1] for number in (1, 2, 3)])

    assert [each.verdict for each in running.wait_for_answers(3)] == [Verdict.ACCEPTED] * 3
    assert len(room.events("Diary.CalledIn")) == 3


def test_the_system_tree_is_kept_between_batches(
    room: WorkerRoom, allowed: SpeakingAgent, running: RunningWorker
) -> None:
    assert room.order(CreateGroup("/Servers")).outcome == "done"
    running.start()

    for number in (1, 2):
        running.send([allowed.bound(allowed.call_in(number))[1]])
        running.wait_for_answers(number)

    kept = room.log.snapshot(SYSTEM_TREE_STREAM)
    assert kept is not None
    assert kept.version == 2


@pytest.mark.parametrize("after_recording", [False, True])
def test_a_failing_store_is_waited_for_and_nothing_is_lost_or_doubled(
    room: WorkerRoom, allowed: SpeakingAgent, running: RunningWorker, after_recording: bool
) -> None:
    running.log.failures, running.log.after_recording = 3 if not after_recording else 1, after_recording
    running.start()

    running.send([allowed.bound(allowed.call_in(1))[1]])

    (answer,) = running.wait_for_answers(1)
    assert answer.verdict is Verdict.ACCEPTED
    assert len(room.events("Diary.CalledIn")) == 1


@pytest.mark.parametrize("after_recording", [False, True])
def test_a_registration_whose_commit_failed_is_made_once(
    room: WorkerRoom, running: RunningWorker, after_recording: bool
) -> None:
    running.log.failures, running.log.after_recording = 1, after_recording
    running.start()
    new = SpeakingAgent(room, "pc-2")

    running.send([new.bound(new.registration())[1]])

    (answer,) = running.wait_for_answers(1)
    assert answer.verdict is Verdict.REFUSED
    mine = [each for each in room.events("Registration.Requested") if each.facts["fingerprint"] == new.fingerprint]
    assert len(mine) == 1


def test_a_lost_lease_ends_the_term_and_what_was_taken_is_decided_in_the_next(
    room: WorkerRoom, allowed: SpeakingAgent, running: RunningWorker
) -> None:
    running.start()
    usurper = room.leases.acquire("worker", "worker-1")
    assert usurper is not None

    running.send([allowed.bound(allowed.call_in(1))[1]])

    (answer,) = running.wait_for_answers(1)
    assert answer.verdict is Verdict.ACCEPTED
    assert running.terms == 2
    assert len(room.events("Diary.CalledIn")) == 1


def test_a_standby_takes_over_when_the_lease_is_given_back(room: WorkerRoom, running: RunningWorker) -> None:
    room.clock.forward(7_000)
    held = room.leases.acquire("worker", "another")
    assert held is not None
    running._thread.start()
    assert not running.worker.working.wait(0.1)

    room.leases.release(held)

    assert running.worker.working.wait(10)
