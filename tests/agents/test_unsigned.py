"""What nobody signed for this agent and this package moves nothing that is stored."""

import hashlib
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.outcome import Outcome
from tests.agents.tiny_server import TinyServer
from tests.agents.world import LostAnswer, World
from wire.frames import to_frame
from wire.msgspec_codec import MsgspecCodec
from wire.packages import encode_unsigned
from wire.types import AgentType, ServerType

CODEC = MsgspecCodec()


def stored(world: World) -> dict[str, bytes]:
    """Every file of the home."""
    return {str(path): path.read_bytes() for path in world.home.rglob("*") if path.is_file()}


def in_flight(world: World) -> World:
    """Give ``world`` a registered agent with a package in flight."""
    world.call_in()
    world.losing = [True]
    with pytest.raises(LostAnswer):
        world.call_in()
    world.losing = []
    world.restart()
    return world


def replaced_by(kind: ServerType, **content: int) -> bytes:
    return to_frame(encode_unsigned(CODEC, kind, content))


@pytest.mark.parametrize(
    ("said", "waited"),
    [(30, 30), (10**9, 120), (-5, 1), ("soon", None)],
    ids=["short", "long", "negative", "no number"],
)
def test_busy_is_waited_for_at_most_two_intervals(world: World, said: object, waited: int | None) -> None:
    in_flight(world)
    before = stored(world)
    world.tamper = lambda data: to_frame(encode_unsigned(CODEC, ServerType.BUSY, {"retry_after": said}))

    done = world.call_in()

    assert (done.outcome, done.reason, done.retry_after_s) == (Outcome.REFUSED, "busy", waited)
    assert stored(world) == before


def test_unknown_key_makes_the_agent_register_under_its_old_id_and_clears_nothing(world: World) -> None:
    world.call_in()
    old = world.member.keep.state.agent_id
    world.server.known.clear()
    world.server.seen.clear()

    done = world.call_in()

    assert done.outcome is Outcome.ACCEPTED
    assert world.server.types[:2] == [AgentType.PROPS_VERSION, AgentType.REGISTRATION_REQUEST]
    assert world.server.only.requests[0]["agent_id"] == old
    # This server starts at 1: the refusal of number 2 as a gap said so.
    assert world.server.numbers == [2, 2, 1, 2]


def test_unknown_key_again_and_again_ends(world: World) -> None:
    in_flight(world)
    before = stored(world)
    world.tamper = lambda data: replaced_by(ServerType.UNKNOWN_KEY)

    done = world.call_in()

    assert (done.outcome, done.reason) == (Outcome.REFUSED, "unknown_key")
    assert stored(world) == before


def test_hints_before_the_answer_are_passed_over(world: World) -> None:
    world.tamper = lambda data: replaced_by(ServerType.MSG_AVAILABLE) + data

    assert world.call_in().outcome is Outcome.ACCEPTED


def test_an_unsigned_refusal_moves_nothing(world: World) -> None:
    in_flight(world)
    before = stored(world)
    denied = CODEC.encode([int(ServerType.ACCESS_DENIED), {"reason": "revoked"}])
    world.tamper = lambda data: to_frame(denied)

    with pytest.raises(LostAnswer, match="must be signed"):
        world.call_in()

    assert stored(world) == before


def forged(world: World, how: str) -> None:
    """Answer with something signed that does not fit."""
    other = TinyServer()

    def tamper(data: bytes) -> bytes:
        agent, server = world.server.only, world.server
        answered = b"another package"
        denied = (ServerType.ACCESS_DENIED, {"reason": "revoked"})
        if how == "answer to another package":
            return to_frame(server.signed(agent, answered, *denied))
        if how == "for another agent":
            return to_frame(server.signed(agent, answered, *denied, recipient=hashlib.sha256(b"other").digest()))
        if how == "another deployment":
            return to_frame(other.signed(agent, answered, *denied))
        return data[:-1] + bytes([data[-1] ^ 1])  # the last byte of the signature

    world.tamper = tamper


@pytest.mark.parametrize(
    "how", ["answer to another package", "for another agent", "another deployment", "broken signature"]
)
def test_a_wrong_answer_moves_nothing_and_the_package_goes_out_again(world: World, how: str) -> None:
    in_flight(world)
    before = stored(world)
    forged(world, how)

    with pytest.raises(LostAnswer):
        world.call_in()
    world.restart()

    assert stored(world) == before
    world.tamper = None
    assert world.call_in().outcome is Outcome.ACCEPTED
    assert world.server.numbers == [1, 2, 2, 2, 3]


@given(at=st.integers(min_value=0), bit=st.integers(0, 7), cut=st.booleans())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_an_answer_broken_anywhere_moves_nothing(world: World, at: int, bit: int, cut: bool) -> None:
    """Cut or flipped, byte by byte: a broken answer is no answer, or the very same one."""
    world.tamper = None
    world.restart()
    world.call_in()
    world.losing = [True]
    with pytest.raises(LostAnswer):
        world.call_in()
    world.losing = []
    before = stored(world)

    def tamper(data: bytes) -> bytes:
        place = at % len(data)
        if cut:
            return data[:place]
        return data[:place] + bytes([data[place] ^ (1 << bit)]) + data[place + 1 :]

    world.tamper = tamper
    with pytest.raises(LostAnswer):
        world.call_in()

    assert stored(world) == before


def test_a_frame_announced_too_large_is_refused(world: World) -> None:
    in_flight(world)
    world.tamper = lambda data: struct.pack("!I", 2**31) + data

    with pytest.raises(LostAnswer, match="frame of"):
        world.call_in()
