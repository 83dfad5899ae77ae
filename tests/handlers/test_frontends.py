"""Which frontend is told of a connected agent: the one that carried its last accepted package, else all that live."""

import pytest

from broker.messages import Cut, WakeHints, decode_reply
from hand_clock import HandClock
from handlers.frontends import CAPACITY, FORGOTTEN_AFTER_MS, MOST_QUEUES, PARCEL, Frontends
from handlers.outbox import Message

KEY, OTHER = b"k" * 32, b"o" * 32
NORTH, SOUTH = "muster.reply.north.1", "muster.reply.south.1"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def frontends(clock: HandClock) -> Frontends:
    frontends = Frontends(clock)
    frontends.announced("north", NORTH)
    frontends.announced("south", SOUTH)
    return frontends


def read(messages: list[Message]) -> list[tuple[str, object]]:
    return [(each.address, decode_reply(each.body)) for each in messages]


def test_a_hint_goes_to_the_frontend_that_carried_the_last_accepted_package(frontends: Frontends) -> None:
    frontends.carried(KEY, "north")
    frontends.carried(KEY, "south")

    assert read(frontends.wake([KEY])) == [(SOUTH, WakeHints([KEY]))]


def test_a_hint_for_a_key_that_nobody_is_known_to_hold_goes_to_all(frontends: Frontends) -> None:
    frontends.carried(KEY, "north")

    assert read(frontends.wake([KEY, OTHER])) == [(NORTH, WakeHints([KEY, OTHER])), (SOUTH, WakeHints([OTHER]))]


def test_a_frontend_that_was_not_heard_of_for_30_s_is_forgotten(frontends: Frontends, clock: HandClock) -> None:
    frontends.carried(KEY, "north")
    clock.forward(FORGOTTEN_AFTER_MS - 1)
    frontends.announced("south", SOUTH)
    still = read(frontends.wake([KEY]))

    clock.forward(1)

    assert still == [(NORTH, WakeHints([KEY]))]
    assert read(frontends.wake([KEY])) == [(SOUTH, WakeHints([KEY]))]


def test_nobody_is_told_while_nobody_is_known(clock: HandClock) -> None:
    frontends = Frontends(clock)

    assert frontends.wake([KEY]) == []
    assert frontends.cut([KEY]) == []


def test_a_frontend_that_connected_anew_is_told_on_its_new_queue_too(frontends: Frontends) -> None:
    frontends.carried(KEY, "north")

    frontends.announced("north", "muster.reply.north.2")

    assert [each.address for each in frontends.wake([KEY])] == [NORTH, "muster.reply.north.2"]


def test_a_queue_that_is_not_the_announcers_own_is_ignored(clock: HandClock) -> None:
    frontends = Frontends(clock)

    for queue in ("", "muster.commands", "muster.console.1", "muster.reply.south.1", "muster.reply.north"):
        frontends.announced("north", queue)

    assert frontends.wake([KEY]) == []


def test_a_frontend_that_announces_ever_new_queues_is_told_on_the_newest(frontends: Frontends) -> None:
    frontends.carried(KEY, "north")

    for number in range(100):
        frontends.announced("north", f"muster.reply.north.{number}")

    newest = [f"muster.reply.north.{number}" for number in range(100 - MOST_QUEUES, 100)]
    assert [each.address for each in frontends.wake([KEY])] == newest


def test_of_many_keys_the_longest_silent_is_forgotten_first(clock: HandClock) -> None:
    frontends = Frontends(clock, capacity=2)
    frontends.announced("north", NORTH)
    frontends.announced("south", SOUTH)
    for key in (KEY, OTHER, KEY, b"n" * 32):
        frontends.carried(key, "north")

    assert CAPACITY == 200_000
    assert [each.address for each in frontends.wake([KEY])] == [NORTH]
    assert [each.address for each in frontends.wake([OTHER])] == [NORTH, SOUTH]


def test_a_cut_goes_to_every_frontend_whoever_holds_the_key(frontends: Frontends) -> None:
    frontends.carried(KEY, "north")

    assert read(frontends.cut([KEY])) == [(NORTH, Cut([KEY])), (SOUTH, Cut([KEY]))]
    assert frontends.cut([]) == []


def test_a_frontend_that_is_first_heard_of_after_a_cut_is_told_of_it(frontends: Frontends, clock: HandClock) -> None:
    frontends.cut([KEY])
    clock.forward(FORGOTTEN_AFTER_MS - 1)
    frontends.cut([OTHER])

    assert read(frontends.announced("east", "muster.reply.east.1")) == [("muster.reply.east.1", Cut([KEY, OTHER]))]
    assert frontends.announced("east", "muster.reply.east.1") == []

    clock.forward(FORGOTTEN_AFTER_MS)
    assert frontends.announced("west", "muster.reply.west.1") == []


def test_many_keys_travel_in_several_messages(clock: HandClock) -> None:
    frontends = Frontends(clock)
    frontends.announced("north", NORTH)
    keys = [number.to_bytes(32, "big") for number in range(PARCEL + 1)]

    told = read(frontends.cut(keys))

    assert told == [(NORTH, Cut(keys[:PARCEL])), (NORTH, Cut(keys[PARCEL:]))]
