"""The worker is told regularly who lives and where replies go."""

from tests.frontend.world import EPOCH_MS, World


def test_it_announces_itself_when_the_bus_is_connected_and_every_ten_seconds(world: World) -> None:
    (first,) = world.announced()
    assert first.queue == world.bus.reply_queue
    assert first.started_at_ms == EPOCH_MS

    world.advance(9.75)
    assert world.announced() == []
    world.advance(0.25)

    assert world.announced() == [first]


def test_after_a_reconnection_it_announces_its_new_queue_at_once(world: World) -> None:
    world.announced()
    world.frontend.pressure(True)
    world.bus.reply_queue = "muster.reply.north.anew"

    world.frontend.pressure(False)

    assert [each.queue for each in world.announced()] == ["muster.reply.north.anew"]


def test_a_moment_of_pressure_is_no_reason_to_announce_again(world: World) -> None:
    world.announced()

    world.frontend.pressure(True)
    world.frontend.pressure(False)

    assert world.announced() == []
