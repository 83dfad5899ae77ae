"""Appending: one transaction, one order."""

import sqlite3
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from store.log import AlreadyRecorded, EventLog, Fence, NewSubject, ResourceKeySeen
from tests.stores.under_test import StoreUnderTest, a_stream, events_of

NOT_A_TOPIC: Any = None


def test_events_get_growing_positions_in_the_order_they_are_given(log: EventLog, fence: Fence) -> None:
    first = log.append(events_of(a_stream("b"), 1, 3), fence=fence)
    second = log.append(events_of(a_stream("a"), 1, 2) + events_of(a_stream("b"), 4, 4), fence=fence)

    assert first + second == sorted(set(first + second))
    assert [(event.id, event.originator_id, event.originator_version) for event in log.read(0, 10)] == [
        (first[0], a_stream("b"), 1),
        (first[1], a_stream("b"), 2),
        (first[2], a_stream("b"), 3),
        (second[0], a_stream("a"), 1),
        (second[1], a_stream("a"), 2),
        (second[2], a_stream("b"), 4),
    ]


def test_what_is_read_is_what_was_appended(log: EventLog, fence: Fence) -> None:
    [event] = events_of(a_stream(), state=bytes(range(256)) * 40)

    log.append([event], fence=fence)

    [read] = log.read(0, 1)
    assert (read.originator_id, read.originator_version, read.topic, read.state) == (
        event.originator_id,
        event.originator_version,
        event.topic,
        event.state,
    )


def test_a_batch_of_two_thousand_events_is_one_append(log: EventLog, fence: Fence) -> None:
    positions = log.append(events_of(a_stream(), 1, 2_000, state=b"x" * 300), fence=fence)

    assert [event.id for event in log.read(0, 3_000)] == positions


def test_an_empty_batch_appends_nothing(log: EventLog, fence: Fence) -> None:
    assert log.append([], fence=fence) == []
    assert log.head() == 0


def test_one_recorded_key_refuses_the_whole_batch(log: EventLog, fence: Fence) -> None:
    log.append(events_of(a_stream(), 1, 2), fence=fence)
    head = log.head()

    with pytest.raises(AlreadyRecorded):
        log.append(
            events_of(a_stream("other")) + events_of(a_stream(), 2, 3),
            fence=fence,
            side=[NewSubject(7, b"fingerprint", b"key"), ResourceKeySeen(b"digest", b"fingerprint")],
        )

    assert log.head() == head
    assert log.stream(a_stream("other")) == []
    assert list(log.subjects()) == []
    assert log.registrations_with([b"digest"]) == set()


def test_the_same_key_twice_in_one_batch_is_refused(log: EventLog, fence: Fence) -> None:
    with pytest.raises(AlreadyRecorded):
        log.append(events_of(a_stream()) * 2, fence=fence)

    assert log.read(0, 10) == []


def test_a_failure_in_the_middle_of_a_batch_leaves_nothing(log: EventLog, fence: Fence) -> None:
    good, bad = events_of(a_stream(), 1, 2)

    with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError)):
        log.append([good, replace(bad, topic=NOT_A_TOPIC)], fence=fence, side=[NewSubject(7, b"fingerprint", b"key")])

    assert log.read(0, 10) == []
    assert list(log.subjects()) == []
    log.append([good, bad], fence=fence)
    assert len(log.read(0, 10)) == 2


def test_a_subject_that_is_already_there_refuses_the_batch(log: EventLog, fence: Fence) -> None:
    log.append([], fence=fence, side=[NewSubject(7, b"fingerprint", b"key")])

    with pytest.raises(AlreadyRecorded):
        log.append(events_of(a_stream()), fence=fence, side=[NewSubject(8, b"fingerprint", b"other key")])

    assert log.read(0, 10) == []
    assert list(log.subjects()) == [NewSubject(7, b"fingerprint", b"key")]


def test_the_log_goes_on_after_it_was_closed_and_opened(store: StoreUnderTest) -> None:
    fence = store.fence()
    before = store.log()
    positions = before.append(events_of(a_stream(), 1, 3), fence=fence)
    before.close()

    after = store.log()
    positions += after.append(events_of(a_stream(), 4, 5), fence=fence)

    assert [event.id for event in after.read(0, 10)] == positions
    assert positions == sorted(set(positions))
