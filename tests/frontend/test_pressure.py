"""When the bus cannot take more: sockets are not read, packages wait, then Busy."""

from broker.topology import QueueLimits
from frontend.limits import Limits
from tests.frontend.world import SIGNED_ANSWER, World, frame


def test_under_pressure_who_sends_a_package_is_not_read_any_further(world: World) -> None:
    peer, idle = world.connect(), world.connect()
    world.frontend.pressure(True)

    peer.send()

    assert peer.transport.paused
    assert not idle.transport.paused
    assert world.taken() == []


def test_when_the_pressure_goes_packages_go_on_and_sockets_are_read_again(world: World) -> None:
    peer = world.connect()
    world.frontend.pressure(True)
    peer.send()

    world.frontend.pressure(False)

    world.answer(world.taken()[0])
    assert peer.heard() == [SIGNED_ANSWER]
    assert not peer.transport.paused


def test_a_package_that_waited_too_long_is_answered_busy_and_not_sent_later(world: World) -> None:
    peer = world.connect()
    world.frontend.pressure(True)
    peer.send()

    world.advance(world.limits.answer_s)
    world.frontend.pressure(False)

    assert [name for name, _ in peer.heard_unsigned()] == ["BUSY"]
    assert not peer.transport.paused
    assert world.taken() == []


def test_more_packages_than_may_be_held_back_are_answered_busy() -> None:
    world = World(Limits(held_packages=1))
    first, second = world.connect(), world.connect()
    world.frontend.pressure(True)

    first.send()
    second.send()

    assert first.heard() == []
    assert [name for name, _ in second.heard_unsigned()] == ["BUSY"]


def test_a_package_the_broker_refuses_is_answered_busy_and_those_after_it_wait() -> None:
    world = World(queue=QueueLimits(messages=1))
    first, second, third = world.connect(), world.connect(), world.connect()
    world.commands()

    first.send()
    second.send()
    third.send()

    assert [name for name, _ in second.heard_unsigned()] == ["BUSY"]
    assert second.open
    assert third.heard() == []
    assert len(world.taken()) == 1
    assert len(world.taken()) == 1


def test_a_package_of_an_agent_that_left_is_not_sent_when_the_pressure_goes(world: World) -> None:
    peer = world.connect()
    world.frontend.pressure(True)
    peer.send(frame())

    peer.leave()
    world.frontend.pressure(False)

    assert world.taken() == []
