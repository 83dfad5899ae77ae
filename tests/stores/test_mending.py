"""Side tables are read whole and mended in one transaction, or not at all."""

import pytest

from store.log import AgentPlaced, EventLog, Fence, FenceLost, HeldSaid, Place, ResourceKeySeen, SideRow
from store.side_tables import HELD, PLACEMENTS, RESOURCE_KEYS, Mend
from tests.stores.under_test import StoreUnderTest, a_stream, events_of

SIDE: list[SideRow] = [
    AgentPlaced(b"anna", b"servers", overridden=True),
    AgentPlaced(b"bert", b""),
    ResourceKeySeen(b"mac", b"a"),
    HeldSaid(7, b"heldhash", 1, 2**40),
]


def test_every_row_is_read_by_its_key(store: StoreUnderTest, log: EventLog, fence: Fence) -> None:
    (position,) = log.append(events_of(a_stream()), fence=fence, side=SIDE)

    tables = store.side_tables()

    assert tables.rows(PLACEMENTS) == {(b"anna",): (b"servers", True, position), (b"bert",): (b"", False, position)}
    assert tables.rows(RESOURCE_KEYS) == {(b"mac", b"a"): ()}
    assert tables.rows(HELD) == {(7,): (b"heldhash", 1, 2**40)}


def test_a_mended_table_has_what_was_put_and_not_what_was_dropped(
    store: StoreUnderTest, log: EventLog, fence: Fence
) -> None:
    log.append(events_of(a_stream()), fence=fence, side=SIDE)
    tables = store.side_tables()
    mends = [
        Mend(PLACEMENTS, {(b"anna",): (b"desks", False, 5), (b"new",): (b"servers", True, 6)}, [(b"bert",)]),
        Mend(RESOURCE_KEYS, {(b"serial", b"b"): (), (b"uuid", b"b"): ()}, [(b"mac", b"a"), (b"never", b"there")]),
        Mend(HELD, {(7,): (b"otherone", 2, 1)}, []),
    ]

    for _ in range(2):
        tables.mend(mends, fence)

        assert (log.place_of(b"anna"), log.place_of(b"bert")) == (Place(b"desks", False, 5), None)
        assert log.place_of(b"new") == Place(b"servers", True, 6)
        assert tables.rows(RESOURCE_KEYS) == {(b"serial", b"b"): (), (b"uuid", b"b"): ()}
        assert log.held_said(7) == HeldSaid(7, b"otherone", 2, 1)
        assert log.head() > 0


def test_whoever_lost_the_lease_mends_nothing(store: StoreUnderTest, log: EventLog, fence: Fence) -> None:
    log.append(events_of(a_stream()), fence=fence, side=SIDE)
    store.fence()

    with pytest.raises(FenceLost):
        store.side_tables().mend([Mend(RESOURCE_KEYS, {}, [(b"mac", b"a")])], fence)

    assert log.registrations_with([b"mac"]) == {b"a"}


def test_a_mend_that_fails_half_way_changes_nothing(store: StoreUnderTest, log: EventLog, fence: Fence) -> None:
    log.append(events_of(a_stream()), fence=fence, side=SIDE)
    mends = [Mend(RESOURCE_KEYS, {}, [(b"mac", b"a")]), Mend(HELD, {(8,): (None, None, None)}, [])]

    with pytest.raises(Exception, match=r"(?i)null"):
        store.side_tables().mend(mends, fence)

    assert log.registrations_with([b"mac"]) == {b"a"}
    assert log.held_said(8) is None
