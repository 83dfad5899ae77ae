"""Publisher confirms: each message gets its own verdict, whatever the broker lumps together."""

from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from broker.bus import NotConfirmed, OutcomeUnknown
from broker.confirms import Confirms


class Book:
    """Publishes and writes down what was said about each."""

    def __init__(self, messages: int) -> None:
        self.confirms = Confirms()
        self.said: dict[int, NotConfirmed | None] = {}
        for number in range(1, messages + 1):
            assert self.confirms.published(partial(self._say, number)) == number

    def _say(self, number: int, verdict: NotConfirmed | None) -> None:
        assert number not in self.said, "told twice"
        self.said[number] = verdict


def test_one_acknowledgement_settles_all_up_to_it() -> None:
    book = Book(5)

    book.confirms.settled(3, multiple=True, taken=True)

    assert book.said == {1: None, 2: None, 3: None}
    assert len(book.confirms) == 2


def test_zero_and_multiple_settle_everything() -> None:
    book = Book(3)

    book.confirms.settled(0, multiple=True, taken=True)

    assert book.said == {1: None, 2: None, 3: None}


def test_two_returned_messages_under_one_acknowledgement_are_both_refused() -> None:
    book = Book(3)
    book.confirms.returned(1)
    book.confirms.returned(2)

    book.confirms.settled(3, multiple=True, taken=True)

    assert {number for number, verdict in book.said.items() if verdict is not None} == {1, 2}


def test_what_was_under_way_at_a_loss_is_unknown() -> None:
    book = Book(2)
    book.confirms.settled(1, multiple=False, taken=False)

    book.confirms.lost("connection reset")

    assert not isinstance(book.said[1], OutcomeUnknown)
    assert isinstance(book.said[2], OutcomeUnknown)
    assert len(book.confirms) == 0


def test_a_verdict_may_publish_the_next_message() -> None:
    confirms, said = Confirms(), list[int]()
    confirms.published(lambda _verdict: said.append(confirms.published(lambda _again: None)))

    confirms.settled(1, multiple=True, taken=True)

    assert said == [2]
    assert len(confirms) == 1


@given(st.lists(st.tuples(st.integers(0, 12), st.booleans(), st.booleans()), max_size=30), st.sets(st.integers(1, 10)))
def test_every_message_is_told_exactly_once(frames: list[tuple[int, bool, bool]], returned: set[int]) -> None:
    book = Book(10)
    for number in returned:
        book.confirms.returned(number)

    for number, multiple, taken in frames:
        book.confirms.settled(number, multiple=multiple, taken=taken)
    book.confirms.lost("end")

    assert set(book.said) == set(range(1, 11))
    assert all(book.said[number] is not None for number in returned)
