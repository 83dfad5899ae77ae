"""Every wait ends, by the injected clock."""

from frontend.limits import Limits
from tests.frontend.world import World, frame, package

BEGUN = frame()[:20]


def test_a_handshake_that_stalls_is_cut_off(world: World) -> None:
    peer = world.arrive()
    assert peer is not None

    world.advance(world.limits.handshake_s - 1)
    assert peer.open
    world.advance(1)

    assert peer.transport.aborted
    assert world.frontend.readings()["handshakes"] == 0


def test_who_says_nothing_after_the_handshake_is_closed(world: World) -> None:
    peer = world.connect()

    world.advance(world.limits.first_frame_s - 1)
    assert peer.open
    world.advance(1)

    assert peer.transport.closed


def test_a_first_frame_in_drops_does_not_extend_its_time(world: World) -> None:
    peer = world.connect()

    for byte in BEGUN[:10]:
        peer.send(bytes([byte]))
        world.advance(1)

    assert peer.transport.closed


def test_a_frame_that_arrives_too_slowly_is_given_up(world: World) -> None:
    peer = world.accepted()

    peer.send(BEGUN)
    world.advance(world.limits.midway_s)

    assert peer.transport.closed


def test_a_large_frame_at_the_minimum_rate_is_waited_for(world: World) -> None:
    peer = world.accepted()
    large = frame(package(bytes(100_000)))
    step = int(world.limits.bytes_per_s * world.limits.midway_s)

    for start in range(0, len(large), step):
        assert peer.open
        peer.send(large[start : start + step])
        world.advance(world.limits.midway_s - 1)

    assert len(world.taken()) == 1


def test_a_worker_that_does_not_answer_makes_the_frontend_say_busy(world: World) -> None:
    peer = world.connect()
    peer.send()

    world.advance(world.limits.answer_s - 1)
    assert peer.heard() == []
    world.advance(1)

    ((name, content),) = peer.heard_unsigned()
    limits = world.limits
    assert name == "BUSY"
    assert limits.retry_after_s <= content["retry_after"] <= limits.retry_after_s + limits.retry_jitter_s
    assert peer.open


def test_an_idle_connection_is_closed_after_two_and_a_half_intervals() -> None:
    world = World(Limits(idle_s=150))
    peer = world.accepted()

    world.advance(149)
    assert peer.open
    world.advance(1)

    assert peer.transport.closed


def test_each_call_in_begins_the_idle_time_anew() -> None:
    world = World(Limits(idle_s=150))
    peer = world.accepted()

    for _ in range(3):
        world.advance(100)
        peer.send()
        world.answer(world.taken()[0])

    assert peer.open


def test_a_peer_that_does_not_say_goodbye_is_cut_off(world: World) -> None:
    peer = world.connect()
    peer.transport.peer_says_goodbye = False
    peer.send(b"\xff\xff\xff\xff")
    assert peer.transport.closed

    world.advance(world.limits.closing_s)

    assert peer.transport.aborted
    assert world.frontend.readings()["open_connections"] == 0


def test_who_does_not_read_our_answers_is_not_read_and_then_cut_off(world: World) -> None:
    peer = world.accepted()

    peer.transport.producer.pauseProducing()
    assert peer.transport.paused
    world.advance(world.limits.clogged_s)

    assert peer.transport.aborted


def test_who_reads_again_is_read_again(world: World) -> None:
    peer = world.accepted()

    peer.transport.producer.pauseProducing()
    world.advance(world.limits.clogged_s - 1)
    peer.transport.producer.resumeProducing()
    world.advance(world.limits.clogged_s)

    assert peer.open
    assert not peer.transport.paused


def test_nothing_is_left_of_connections_that_are_gone(world: World) -> None:
    stalled, silent, waiting, idle = world.arrive(), world.connect(), world.connect(), world.accepted()
    assert stalled is not None
    waiting.send()

    for peer in (stalled, silent, waiting, idle):
        peer.leave()

    readings = world.frontend.readings()
    assert {name: value for name, value in readings.items() if value} == {}
    assert len(world.frontend.house.deadlines) == 0
