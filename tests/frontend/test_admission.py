"""Caps: in all, per address, handshakes, rate; and what bad packages cost."""

import pytest
from twisted.internet.task import Clock

from broker.messages import Verdict
from frontend.admission import Admission, Refusal
from frontend.limits import Limits
from frontend.origins import Origin, counted_as
from tests.frontend.world import ELSEWHERE, HOME, World, frame, package

GARBAGE = b"\xff\xff\xff\xff"


def test_over_the_cap_in_all_a_connection_is_closed_at_once() -> None:
    world = World(Limits(connections=2))
    first = world.arrive()
    world.arrive(ELSEWHERE)

    assert world.arrive(ELSEWHERE) is None

    assert first is not None
    first.leave()
    assert world.arrive(ELSEWHERE) is not None


def test_one_address_cannot_take_all_connections() -> None:
    world = World(Limits(connections_per_address=2))
    world.connect(ELSEWHERE)
    world.connect(ELSEWHERE)

    assert world.arrive(ELSEWHERE) is None
    assert world.arrive(HOME) is not None


def test_an_address_with_an_accepted_agent_may_hold_more() -> None:
    world = World(Limits(connections_per_address=1, connections_per_proven_address=3))
    world.accepted(HOME)

    world.connect(HOME)
    world.connect(HOME)

    assert world.arrive(HOME) is None


def test_one_address_cannot_take_all_handshakes() -> None:
    world = World(Limits(handshakes_per_address=2))
    first = world.arrive(ELSEWHERE)
    world.arrive(ELSEWHERE)
    assert first is not None

    assert world.arrive(ELSEWHERE) is None

    first.shake_hands()
    assert world.arrive(ELSEWHERE) is not None


def test_too_many_handshakes_at_once_leave_new_connections_in_the_kernel() -> None:
    clock = Clock()
    admission = Admission(Limits(handshakes=1), clock)
    origin = admission.enter(HOME)
    assert isinstance(origin, Origin)

    assert admission.saturated()

    admission.handshake_ended(origin)
    assert not admission.saturated()


def test_too_many_connections_in_a_second_leave_new_ones_in_the_kernel() -> None:
    clock = Clock()
    admission = Admission(Limits(accepts_per_s=10, accept_burst=3), clock)
    for _ in range(3):
        admission.enter(HOME)

    assert admission.saturated()

    clock.advance(0.1)
    assert not admission.saturated()


@pytest.mark.parametrize("sent", [GARBAGE, b"GET / HTTP/1.1\r\n\r\n", frame()[:4] + b"\xc1" * 500])
def test_a_malformed_frame_closes_and_costs_the_address_a_token(sent: bytes) -> None:
    world = World(Limits(bad_tokens=1))
    peer = world.connect(ELSEWHERE)

    peer.send(sent)

    assert peer.transport.closed
    assert world.taken() == []
    assert world.arrive(ELSEWHERE) is None
    assert world.arrive(HOME) is not None


def test_a_second_package_before_the_answer_closes_and_costs() -> None:
    world = World(Limits(bad_tokens=1))
    peer = world.connect(ELSEWHERE)

    peer.send(frame() + frame())

    assert peer.transport.closed
    assert world.arrive(ELSEWHERE) is None


def test_a_truncated_frame_costs_nothing() -> None:
    world = World(Limits(bad_tokens=1))
    peer = world.connect(ELSEWHERE)
    peer.send(frame()[:50])

    peer.leave()

    assert world.taken() == []
    assert world.arrive(ELSEWHERE) is not None


def test_a_bad_verdict_sends_the_answer_closes_and_costs() -> None:
    world = World(Limits(bad_tokens=1))
    peer = world.connect(ELSEWHERE)
    peer.send()

    world.answer(world.taken()[0], Verdict.BAD, sent=b"\x92\xcc\x82\x80")

    assert peer.heard_unsigned() == [("UNKNOWN_KEY", {})]
    assert peer.transport.closed
    assert world.arrive(ELSEWHERE) is None


@pytest.mark.parametrize("verdict", [Verdict.REFUSED, Verdict.BUSY, Verdict.ACCEPTED])
def test_no_other_verdict_costs_anything(verdict: Verdict) -> None:
    world = World(Limits(bad_tokens=1))
    peer = world.connect(ELSEWHERE)
    peer.send()

    world.answer(world.taken()[0], verdict)

    assert world.arrive(ELSEWHERE) is not None


def test_tokens_come_back_with_time() -> None:
    world = World(Limits(bad_tokens=1, bad_token_every_s=30))
    world.connect(ELSEWHERE).send(GARBAGE)

    world.advance(29)
    assert world.arrive(ELSEWHERE) is None
    world.advance(1)

    assert world.arrive(ELSEWHERE) is not None


def test_an_address_with_an_accepted_agent_in_the_last_hour_is_not_locked_out() -> None:
    world = World(Limits(bad_tokens=1, bad_token_every_s=1e9, idle_s=1e9))
    world.accepted(HOME)

    world.connect(HOME).send(GARBAGE)

    assert world.arrive(HOME) is not None
    world.advance(world.limits.proven_s + 1)
    assert world.arrive(HOME) is None


def test_too_many_bytes_in_flight_are_answered_busy() -> None:
    world = World(Limits(bytes_in_flight=500))
    first, second = world.connect(), world.connect()

    first.send(frame(package(bytes(300))))
    second.send(frame(package(bytes(300))))

    assert [name for name, _ in second.heard_unsigned()] == ["BUSY"]
    assert second.open
    (received,) = world.taken()
    world.answer(received)
    assert world.frontend.readings()["bytes_in_flight"] == 0


def test_a_frame_for_which_there_is_no_room_is_not_collected() -> None:
    world = World(Limits(bytes_in_flight=500))
    peer = world.accepted()

    peer.send(frame(package(bytes(2000)))[:1000])

    assert peer.transport.closed
    world.clock.advance(0)
    assert world.frontend.readings()["bytes_in_flight"] == 0


def test_addresses_of_which_nothing_is_to_be_remembered_are_forgotten() -> None:
    clock = Clock()
    admission = Admission(Limits(addresses=3), clock)
    for number in range(3):
        origin = admission.enter(f"192.0.2.{number}")
        assert isinstance(origin, Origin)
        admission.handshake_ended(origin)
        admission.leave(origin)
    bad = admission.enter(ELSEWHERE)
    assert isinstance(bad, Origin)

    for _ in range(Limits().bad_tokens):
        admission.bad(bad)
    clock.advance(20)
    admission.enter(HOME)

    assert admission.enter(ELSEWHERE) is Refusal.ADDRESS_BAD
    assert admission.remembered == 2


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("not:an:address", "not:an:address"),
    ],
)
def test_an_ipv6_network_counts_as_one_address(host: str, counted: str) -> None:
    assert counted_as(host) == counted
