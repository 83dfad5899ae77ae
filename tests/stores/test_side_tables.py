"""Subjects, resource keys and sealed keys."""

import pytest

from store.log import AgentPlaced, EventLog, Fence, HeldSaid, KeyAlreadySealed, NewSubject, Place, ResourceKeySeen
from tests.stores.under_test import StoreUnderTest, a_stream, events_of

ANNA, BERT = NewSubject(2**62, b"a" * 32, b"wrapped a"), NewSubject(3, b"b" * 32, b"wrapped b")


def test_side_rows_are_recorded_with_their_events(log: EventLog, fence: Fence) -> None:
    log.append(events_of(a_stream()), fence=fence, side=[ANNA, ResourceKeySeen(b"mac", ANNA.fingerprint), BERT])

    assert log.subject(ANNA.subject_id) == ANNA
    assert log.subject_of(BERT.fingerprint) == BERT
    assert log.registrations_with([b"mac"]) == {ANNA.fingerprint}
    assert log.head() > 0


def test_all_subjects_come_in_the_order_of_their_numbers(log: EventLog, fence: Fence) -> None:
    log.append([], fence=fence, side=[ANNA, BERT])

    assert list(log.subjects()) == [BERT, ANNA]


def test_unknown_subjects_are_none(log: EventLog) -> None:
    assert log.subject(1) is None
    assert log.subject_of(b"nobody") is None


def test_registrations_are_found_by_any_of_their_resource_keys(log: EventLog, fence: Fence) -> None:
    log.append([], fence=fence, side=[ResourceKeySeen(b"mac", b"a"), ResourceKeySeen(b"serial", b"a")])
    log.append([], fence=fence, side=[ResourceKeySeen(b"mac", b"b"), ResourceKeySeen(b"disk", b"c")])

    assert log.registrations_with([b"mac", b"serial"]) == {b"a", b"b"}
    assert log.registrations_with([b"unknown"]) == set()
    assert log.registrations_with([]) == set()


def test_a_resource_key_seen_again_changes_nothing(log: EventLog, fence: Fence) -> None:
    seen = ResourceKeySeen(b"mac", b"a")

    log.append([], fence=fence, side=[seen, seen])
    log.append([], fence=fence, side=[seen])

    assert log.registrations_with([b"mac"]) == {b"a"}


def test_a_sealed_key_is_never_overwritten(store: StoreUnderTest, log: EventLog) -> None:
    assert log.sealed_key("server/1") is None
    log.put_sealed_key("server/1", b"sealed")

    with pytest.raises(KeyAlreadySealed):
        log.put_sealed_key("server/1", b"another")

    assert store.log().sealed_key("server/1") == b"sealed"


def test_a_sealed_key_is_destroyed_for_good_and_alone(store: StoreUnderTest, log: EventLog) -> None:
    log.put_sealed_key("server/1", b"sealed")
    log.put_sealed_key("server/2", b"another")

    log.drop_sealed_key("server/1")
    log.drop_sealed_key("server/1")

    assert store.log().sealed_key("server/1") is None
    assert store.log().sealed_key("server/2") == b"another"


def test_an_agent_is_where_it_was_put_last_as_of_that_transaction(log: EventLog, fence: Fence) -> None:
    assert log.place_of(b"agent") is None
    both = [AgentPlaced(b"agent", b"servers"), AgentPlaced(b"other", b"servers")]
    log.append(events_of(a_stream("first")), fence=fence, side=both)
    later = [AgentPlaced(b"agent", b"desks", overridden=True)]
    positions = log.append(events_of(a_stream("later")), fence=fence, side=later)

    assert log.place_of(b"agent") == Place(b"desks", True, positions[-1])
    assert (log.agents_in([b"servers"]), log.agents_in([b"servers", b"desks"]), log.agents_in([])) == (1, 2, 0)


def test_what_an_agent_said_last_that_it_holds_is_kept(log: EventLog, fence: Fence) -> None:
    said, later = HeldSaid(2**62, b"heldhash", 1, 2**40), HeldSaid(2**62, b"otherone", 2, 7)

    log.append(events_of(a_stream()), fence=fence, side=[said, HeldSaid(3, bytes(8), 0, 0)])
    first = log.held_said(2**62)
    log.append([], fence=fence, side=[later])

    assert (first, log.held_said(2**62), log.held_said(4)) == (said, later, None)
