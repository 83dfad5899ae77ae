"""One whole call-in of an installed agent: what it remembers, and what keeps it from nothing."""

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.authorities import Authorities
from agents.bootstrap import read_bootstrap
from agents.caller import Caller
from agents.connection import Dialer
from agents.handler_trust import HandlerTrust
from agents.notices import Notices
from agents.outcome import Outcome, Why
from agents.property_file import UnusableProperties
from agents.state import LastCallIn
from agents.visit import Visitor
from tests.agents.loopback import Loopback
from tests.agents.tiny_server import NOON_MS
from tests.agents.world import CLAIMS, PROPERTIES, World
from wire.types import AgentType


@pytest.fixture
def world(tmp_path: Path, loopback: Loopback) -> World:
    """An agent of the loopback deployment."""
    world = World(tmp_path)
    world.server = loopback.server
    world.restart()
    return world


def caller(world: World, bootstrap: Path, properties: Callable[[], dict[str, Any]] = lambda: PROPERTIES) -> Caller:
    known = read_bootstrap(bootstrap.read_text())
    member = world.member
    believed = Authorities(member.codec, known.root, known.ca)
    going = HandlerTrust(member.codec, known, member.holdings, believed)
    visitor = Visitor(member, going.handlers, Dialer(going), lambda: NOON_MS, time.monotonic, random.Random(1))
    notices = Notices(world.member, world.events)
    return Caller(world.member, notices, lambda: CLAIMS, properties, visitor, lambda: NOON_MS)


def broken() -> dict[str, Any]:
    raise UnusableProperties("p.json: no JSON")


def test_how_the_call_in_went_is_remembered(world: World, loopback: Loopback) -> None:
    with loopback.listener() as listener:
        result = caller(world, loopback.bootstrap(listener)).call_in(Why.START)
    world.restart()

    assert (result.outcome, result.number, result.handler) == (Outcome.ACCEPTED, 1, "h1")
    assert result.agent_id == loopback.server.only.agent_id
    assert world.member.keep.state.last == LastCallIn(NOON_MS, "accepted", "", "h1", NOON_MS)


def test_that_nobody_was_there_is_told_when_somebody_is(world: World, loopback: Loopback) -> None:
    results = [caller(world, loopback.bootstrap(1)).call_in(Why.INTERVAL) for _ in range(3)]
    with loopback.listener() as listener:
        caller(world, loopback.bootstrap(listener)).call_in(Why.INTERVAL)

    assert {result.outcome for result in results} == {Outcome.UNREACHABLE}
    (event,) = loopback.server.only.events
    assert event["type"] == "CallInFailed"
    assert (event["data"]["handler"], event["data"]["count"]) == ("h1", 3)


def test_a_broken_property_file_does_not_keep_the_agent_from_calling_in(world: World, loopback: Loopback) -> None:
    with loopback.listener() as listener:
        bootstrap = loopback.bootstrap(listener)
        caller(world, bootstrap).call_in(Why.START)
        loopback.server.seen.clear()
        result = caller(world, bootstrap, broken).call_in(Why.INTERVAL)

    assert result.outcome is Outcome.ACCEPTED
    assert loopback.server.types == [AgentType.PROPS_VERSION, AgentType.EVENT_UPLOAD]
    (event,) = loopback.server.only.events
    assert (event["type"], event["data"]["error"]) == ("PropertiesUnusable", "p.json: no JSON")


def test_a_person_who_asks_is_told_that_the_property_file_is_broken(world: World, loopback: Loopback) -> None:
    with loopback.listener() as listener:
        bootstrap = loopback.bootstrap(listener)
        caller(world, bootstrap).call_in(Why.START)
        loopback.server.seen.clear()
        result = caller(world, bootstrap, broken).call_in(Why.MANUAL)

    assert (result.outcome, result.reason) == (Outcome.FAILED, "p.json: no JSON")
    assert loopback.server.seen == []


class Enforces:
    """Queues an event, as enforcement does that found something."""

    def __init__(self, world: World) -> None:
        self._world = world

    def enforce(self) -> None:
        self._world.add_event("PolicyEnforced")


def test_what_was_enforced_is_reported_in_the_same_call_in(world: World, loopback: Loopback) -> None:
    world.member.enforcement = Enforces(world)
    with loopback.listener() as listener:
        caller(world, loopback.bootstrap(listener)).call_in(Why.START)

    assert [event["type"] for event in loopback.server.only.events] == ["PolicyEnforced"]


def test_it_is_enforced_also_while_nobody_answers(world: World, loopback: Loopback) -> None:
    world.member.enforcement = Enforces(world)

    result = caller(world, loopback.bootstrap(1)).call_in(Why.INTERVAL)

    assert result.outcome is Outcome.UNREACHABLE
    assert "PolicyEnforced" in [event.type for event in world.events.read(world.events.ids())]
