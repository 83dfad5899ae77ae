"""The fewest acknowledgements that say exactly what was done."""

from hypothesis import given
from hypothesis import strategies as st

from broker.unsettled import Settling, Unsettled


def taken(number: int) -> Unsettled:
    """Our numbers 100, 101, ... for the AMQP tags 1, 2, ..."""
    unsettled = Unsettled()
    for tag in range(1, number + 1):
        unsettled.add(99 + tag, tag)
    return unsettled


def test_the_oldest_go_by_one_acknowledgement() -> None:
    assert taken(5).settle([100, 101, 102]) == Settling(up_to=3, singly=[])


def test_what_lies_beyond_a_gap_goes_singly() -> None:
    assert taken(5).settle([100, 102, 104]) == Settling(up_to=1, singly=[3, 5])


def test_a_gap_that_was_filled_is_no_gap() -> None:
    unsettled = taken(3)
    unsettled.remove(100)

    assert unsettled.settle([101, 102]) == Settling(up_to=3, singly=[])


def test_what_is_settled_or_unknown_is_left_alone() -> None:
    unsettled = taken(2)
    unsettled.settle([100])

    assert unsettled.settle([100, 7]) == Settling(up_to=None, singly=[])
    assert unsettled.remove(100) is None


@given(st.lists(st.sets(st.integers(100, 119))))
def test_the_broker_learns_of_exactly_what_was_done(batches: list[set[int]]) -> None:
    unsettled, open_at_broker = taken(20), set(range(1, 21))

    for batch in batches:
        settling = unsettled.settle(batch)
        if settling.up_to is not None:
            open_at_broker = {tag for tag in open_at_broker if tag > settling.up_to}
        assert open_at_broker.issuperset(settling.singly)
        open_at_broker -= set(settling.singly)

    done = {number - 99 for batch in batches for number in batch}
    assert open_at_broker == set(range(1, 21)) - done
