"""Both ends joined: what one session sends the other hears, package by package, over one connection."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.ends import (
    AGENT,
    NONCE,
    NOW_MS,
    STATE_HASH,
    agent_session,
    answer,
    certificate,
    outgoing,
    public,
    server_session,
    signed_by_agent,
    trust,
)
from wire.agent_session import AgentSession, Answered, Outgoing, Welcomed
from wire.headers import AgentHeader
from wire.packages import agent_signed_bytes, decode_body
from wire.server_session import PackageArrived, ServerSession
from wire.server_session import State as ServerState
from wire.types import AgentType, ServerType

LARGE = {"properties": {f"{at:06}": f"{at * 2654435761 % 2**32:08x}" for at in range(20_000)}, "why": "start"}


class Wire:
    """A connection between the two, which cuts what it carries into pieces of ``piece`` bytes."""

    def __init__(self, agent: AgentSession, piece: int = 1 << 20) -> None:
        self.agent = agent
        self.server: ServerSession = server_session()
        self._piece = piece

    def open(self) -> list[Any]:
        return self._carry(self.server.welcome(NOW_MS), self.agent)

    def ask(self, package: Outgoing, content: dict[str, Any], *, accepted: bool = True, **how: Any) -> list[Any]:
        """Send; answer with ``content``; what both heard."""
        frame = self.agent.send(package)
        arrived = self._carry(frame, self.server)
        assert self.server.state is ServerState.ANSWERING, arrived
        said = self.server.answer(answer(signed_by_agent(frame), content, **how), accepted=accepted)
        return arrived + self._carry(said, self.agent)

    def _carry(self, data: bytes, to: AgentSession | ServerSession) -> list[Any]:
        pieces = [data[at : at + self._piece] for at in range(0, len(data), self._piece)]
        return [event for piece in pieces for event in to.receive(piece)]


def test_the_server_speaks_first_and_names_nonce_and_versions() -> None:
    wire = Wire(agent_session())

    assert wire.open() == [Welcomed(1, NOW_MS)]


@pytest.mark.parametrize("piece", [1, 7, 1 << 20])
def test_a_package_arrives_as_it_was_signed_and_its_answer_too(piece: int) -> None:
    wire = Wire(agent_session(), piece)
    wire.open()

    arrived, answered = wire.ask(outgoing({"why": "manual"}, number=7), {"full": True})

    assert isinstance(arrived, PackageArrived)
    header = AgentHeader.unpack(arrived.package.header)
    assert header == AgentHeader(4, 0, 1, 1, public(AGENT).fingerprint, 7, NOW_MS, 1, STATE_HASH)
    signed = agent_signed_bytes(NONCE, arrived.package.header, arrived.package.body)
    public(AGENT).verify(arrived.package.signature, signed)
    assert answered == Answered(ServerType.PROPS_RESPONSE, {"full": True}, 2, NOW_MS, 1, False)


def test_several_packages_follow_each_other_on_one_connection() -> None:
    wire = Wire(agent_session())
    wire.open()

    heard = [wire.ask(outgoing({}, number=number), {}) for number in (1, 2, 3)]

    assert [[type(event) for event in each] for each in heard] == [[PackageArrived, Answered]] * 3


def test_the_first_answer_brings_the_certificate_it_needs() -> None:
    held = trust()
    wire = Wire(agent_session(held))
    wire.open()

    first = wire.ask(outgoing({}, AgentType.REGISTRATION_REQUEST, 0), {}, certificates=(certificate(),))
    second = wire.ask(outgoing({}), {})

    assert [heard[1].certificates_to_store for heard in (first, second)] == [True, False]
    assert held.newest_version == 1
    sent = [AgentHeader.unpack(heard[0].package.header).server_key_version for heard in (first, second)]
    assert sent == [0, 1]


def test_a_large_package_needs_a_hello_that_was_accepted() -> None:
    wire = Wire(agent_session(), 4096)
    wire.open()
    package = outgoing(LARGE, AgentType.FULL_PROPS)
    assert wire.agent.needs_hello(package)

    wire.ask(outgoing({"size": len(package.body)}, AgentType.HELLO, 0), {})
    assert not wire.agent.needs_hello(package)
    arrived, answered = wire.ask(package, {})

    assert isinstance(arrived, PackageArrived)
    assert decode_body(wire.server._codec, package.flags, arrived.package.body) == LARGE
    assert isinstance(answered, Answered)


def test_a_refused_hello_lifts_no_limit() -> None:
    wire = Wire(agent_session())
    wire.open()
    package = outgoing(LARGE, AgentType.FULL_PROPS)

    hello = outgoing({"size": len(package.body)}, AgentType.HELLO, 0)
    wire.ask(hello, {"reason": "pending"}, accepted=False, kind=ServerType.ACCESS_DENIED)

    assert wire.agent.needs_hello(package)
    with pytest.raises(AssertionError, match="limit here is 8192"):
        wire.ask(package, {})


@given(st.integers(0, 9_000))
def test_what_needs_no_hello_passes_the_first_limit(size: int) -> None:
    wire = Wire(agent_session())
    wire.open()
    package = Outgoing(AgentType.FULL_PROPS, 0, bytes(size), 1, STATE_HASH)

    if not wire.agent.needs_hello(package):
        arrived, _ = wire.ask(package, {})
        assert isinstance(arrived, PackageArrived)
