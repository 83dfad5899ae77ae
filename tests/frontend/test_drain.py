"""The end of a frontend: what is in flight is answered, then all is closed."""

from frontend.limits import Limits
from tests.frontend.world import SIGNED_ANSWER, World


def test_idle_connections_are_closed_and_those_with_a_package_after_their_answer(world: World) -> None:
    idle, waiting, arriving = world.accepted(), world.connect(), world.arrive()
    waiting.send()
    (received,) = world.taken()
    ended: list[None] = []

    world.frontend.drain().addCallback(ended.append)
    assert idle.transport.closed
    assert arriving is not None
    assert arriving.transport.aborted
    assert waiting.open

    world.answer(received)
    assert waiting.heard() == [SIGNED_ANSWER]
    assert waiting.transport.closed
    assert ended == []
    world.advance(0.5)
    assert ended == [None]


def test_it_ends_in_time_even_when_the_worker_does_not_answer() -> None:
    world = World(Limits(drain_s=10))
    waiting = world.connect()
    waiting.send()
    ended: list[None] = []
    world.frontend.drain().addCallback(ended.append)

    world.advance(9)
    assert waiting.open
    world.advance(1.5)

    assert waiting.transport.aborted
    assert ended == [None]


def test_with_nobody_connected_it_ends_at_once_and_leaves_no_timer(world: World) -> None:
    ended: list[None] = []

    world.frontend.drain().addCallback(ended.append)
    world.advance(0.25)

    assert ended == [None]
    assert world.clock.getDelayedCalls() == []


def test_draining_twice_is_draining_once(world: World) -> None:
    assert world.frontend.drain() is world.frontend.drain()
