"""What is said on a connection, and when."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from broker.messages import Verdict
from tests.frontend.world import CODEC, EPOCH_MS, HOME, SIGNED_ANSWER, World, frame, package
from wire.frames import FIRST_FRAME_LIMIT
from wire.packages import UnsignedPackage, decode_server_package


def test_nothing_is_said_before_the_handshake_is_done(world: World) -> None:
    peer = world.arrive()

    assert peer is not None
    assert peer.heard() == []

    peer.shake_hands()
    (payload,) = peer.heard()
    welcome = decode_server_package(CODEC, payload)
    assert isinstance(welcome, UnsignedPackage)
    assert welcome.content["time"] == EPOCH_MS


def test_a_connection_without_our_protocol_is_dropped_unheard(world: World) -> None:
    peer = world.arrive(alpn=None)
    assert peer is not None

    peer.shake_hands()
    world.clock.advance(0)

    assert peer.transport.aborted
    assert peer.transport.written == b""
    assert world.frontend.readings()["open_connections"] == 0


def test_a_package_reaches_the_worker_untouched_with_what_the_frontend_saw(world: World) -> None:
    peer = world.arrive()
    assert peer is not None
    peer.shake_hands()
    ((_, welcome),) = peer.heard_unsigned()
    sent = package(b"\x81\xa3why\xa6manual")

    peer.send(frame(sent))

    (received,) = world.taken()
    assert (received.header, received.body, received.signature) == tuple(sent)
    assert received.nonce == welcome["nonce"]
    assert received.offered == welcome["versions"]
    assert received.address == HOME
    assert received.received_at_ms == EPOCH_MS


def test_the_answer_goes_out_as_the_worker_wrote_it(world: World) -> None:
    peer = world.connect()
    peer.send()

    world.answer(world.taken()[0], sent=SIGNED_ANSWER)

    assert peer.heard() == [SIGNED_ANSWER]
    assert peer.open


def test_one_connection_carries_one_package_after_another(world: World) -> None:
    peer = world.connect()

    for _ in range(3):
        peer.send()
        world.answer(world.taken()[0])

    assert peer.heard() == [SIGNED_ANSWER] * 3


def test_an_answer_for_a_connection_that_is_gone_is_dropped(world: World) -> None:
    peer = world.connect()
    peer.send()
    (received,) = world.taken()

    peer.leave()
    world.answer(received)

    assert world.frontend.readings()["packages_pending"] == 0
    assert peer.heard() == []


def test_a_late_answer_is_not_taken_for_the_answer_to_the_next_package(world: World) -> None:
    peer = world.connect()
    peer.send()
    (late,) = world.taken()
    world.advance(world.limits.answer_s)
    assert [name for name, _ in peer.heard_unsigned()] == ["BUSY"]

    peer.send()
    world.answer(late)

    assert peer.heard() == []
    world.answer(world.taken()[0])
    assert peer.heard() == [SIGNED_ANSWER]


def test_a_refused_agent_keeps_its_connection(world: World) -> None:
    peer = world.connect()
    peer.send()

    world.answer(world.taken()[0], Verdict.REFUSED)

    assert peer.heard() == [SIGNED_ANSWER]
    assert peer.open


def test_a_busy_worker_keeps_the_connection(world: World) -> None:
    peer = world.connect()
    peer.send()

    world.answer(world.taken()[0], Verdict.BUSY)

    assert peer.open


def test_large_frames_are_allowed_once_a_package_was_accepted(world: World) -> None:
    large = frame(package(bytes(FIRST_FRAME_LIMIT)))
    refused = world.connect()
    refused.send(large)
    assert refused.transport.closed

    accepted = world.accepted()
    accepted.send(large)

    assert accepted.open
    assert len(world.taken()) == 1


def test_a_refused_package_does_not_lift_the_limit(world: World) -> None:
    peer = world.connect()
    peer.send()
    world.answer(world.taken()[0], Verdict.REFUSED)

    peer.send(frame(package(bytes(FIRST_FRAME_LIMIT))))

    assert peer.transport.closed


JUNK = st.sampled_from(
    [b"", b"\x00\x00\x00\x02ab", b"\x00\x00\x00\x01\x90", b"\x00\x00\x00\x00", b"\x00\x00", b"\xff\xff\xff\xff"]
)


@given(junk=JUNK, cuts=st.lists(st.integers(0, 400), max_size=8), body=st.binary(max_size=200))
def test_cutting_the_bytes_anywhere_gives_the_same_commands(junk: bytes, cuts: list[int], body: bytes) -> None:
    data = frame(package(body)) + junk

    whole, pieces = World(), World()
    whole_peer, pieces_peer = whole.connect(), pieces.connect()
    whole_peer.send(data)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for begin, end in pairwise(edges):
        pieces_peer.send(data[begin:end])

    assert [_plain(each) for each in pieces.taken()] == [_plain(each) for each in whole.taken()]
    assert pieces_peer.open == whole_peer.open


def _plain(received: object) -> tuple[object, ...]:
    return (received.header, received.body, received.signature)  # type: ignore[attr-defined]
