"""The eventsourcing library's repository works on both logs."""

from uuid import UUID, uuid4

import pytest
from eventsourcing.application import AggregateNotFoundError, Repository
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import DatetimeAsISO, EventStore, IntegrityError, JSONTranscoder, Mapper, UUIDAsHex

from store.log import EventLog, Fence
from tests.stores.under_test import StoreUnderTest


class Dog(Aggregate):
    @event("Registered")
    def __init__(self, name: str) -> None:
        self.name = name
        self.tricks: list[str] = []

    @event("TrickAdded")
    def add_trick(self, trick: str) -> None:
        self.tricks.append(trick)


def an_event_store(log: EventLog) -> EventStore[UUID]:
    transcoder = JSONTranscoder()
    transcoder.register(UUIDAsHex())
    transcoder.register(DatetimeAsISO())
    return EventStore(Mapper(transcoder), log.recorder)


def test_an_aggregate_comes_back_as_it_was_saved(store: StoreUnderTest, log: EventLog, fence: Fence) -> None:
    dog = Dog("Fido")
    dog.add_trick("roll over")
    an_event_store(log).put(dog.collect_events(), fence=fence)

    copy: Dog = Repository(an_event_store(store.log())).get(dog.id)
    copy.add_trick("play dead")
    recordings = an_event_store(log).put(copy.collect_events(), fence=fence)

    again: Dog = Repository(an_event_store(log)).get(dog.id)
    assert (again.name, again.tricks, again.version) == ("Fido", ["roll over", "play dead"], 3)
    assert [recording.notification.id for recording in recordings] == [log.head()]
    earlier: Dog = Repository(an_event_store(log)).get(dog.id, version=2)
    assert earlier.tricks == ["roll over"]


def test_an_aggregate_that_was_never_saved_is_not_found(log: EventLog) -> None:
    repository = Repository(an_event_store(log))

    with pytest.raises(AggregateNotFoundError):
        repository.get(uuid4())


def test_two_that_decide_on_the_same_version_conflict(log: EventLog, fence: Fence) -> None:
    events = an_event_store(log)
    dog = Dog("Fido")
    events.put(dog.collect_events(), fence=fence)
    one: Dog = Repository(events).get(dog.id)
    other: Dog = Repository(events).get(dog.id)
    one.add_trick("sit")
    other.add_trick("stay")

    events.put(one.collect_events(), fence=fence)
    with pytest.raises(IntegrityError):
        events.put(other.collect_events(), fence=fence)


def test_the_library_cannot_append_without_a_fence(log: EventLog) -> None:
    events = an_event_store(log)

    with pytest.raises(TypeError, match="fence"):
        events.put(Dog("Fido").collect_events())


def test_the_librarys_notifications_are_the_logs_events(log: EventLog, fence: Fence) -> None:
    dog = Dog("Fido")
    for trick in ("sit", "stay", "roll over"):
        dog.add_trick(trick)
    an_event_store(log).put(dog.collect_events(), fence=fence)

    recorder, everything = log.recorder, log.read(0, 10)

    assert list(recorder.select_notifications(None, 10)) == everything
    assert list(recorder.select_notifications(everything[1].id, 10, everything[2].id)) == everything[1:3]
    assert list(recorder.select_notifications(everything[0].id, 2, topics=[everything[1].topic])) == everything[1:3]
    assert recorder.max_notification_id() == everything[-1].id
    assert list(recorder.select_events(dog.id, gt=1, lte=3, desc=True, limit=1)) == log.stream(dog.id)[2:3]
