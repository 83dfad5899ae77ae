"""Revoked, as the agent sees it: what it was given ends, registration begins, nothing it had to say is lost."""

import pytest

from agents.state import Standing
from tests.agents.world import World
from wire.agent_session import Told
from wire.types import AgentType, ServerType


class Policies:
    """What was entrusted to an agent; ``cleared`` counts how often it was given up."""

    def __init__(self, world: World, name: str, order: list[str]) -> None:
        self._world, self._name, self._order = world, name, order
        self.standing_then: list[Standing] = []

    def clear(self) -> None:
        self._order.append(self._name)
        self.standing_then.append(self._world.member.keep.state.standing)


@pytest.fixture
def order() -> list[str]:
    """What was given up, in order."""
    return []


@pytest.fixture
def entrusted(world: World, order: list[str]) -> World:
    """A registered agent that holds tasks and policies."""
    world.entrusted += [Policies(world, "tasks", order), Policies(world, "policies", order)]
    world.call_in()
    world.server.seen.clear()
    return world


@pytest.mark.parametrize("status", ["revoked", "blocked"])
def test_a_signed_refusal_ends_what_was_entrusted_and_registration_starts_again(
    entrusted: World, order: list[str], status: str
) -> None:
    event = entrusted.add_event("DoorOpened")
    entrusted.server.only.status = status

    done = entrusted.call_in()

    assert done.reason == status
    assert order[:2] == ["tasks", "policies"]
    assert entrusted.server.types == [AgentType.PROPS_VERSION, AgentType.REGISTRATION_REQUEST]
    assert entrusted.member.keep.state.standing == status
    assert entrusted.events.ids() == [event.id]


def test_what_was_entrusted_is_gone_before_the_standing_is_noted(entrusted: World) -> None:
    entrusted.server.only.status = "revoked"

    entrusted.call_in()

    assert all(isinstance(each, Policies) and each.standing_then[0] is Standing.ALLOWED for each in entrusted.entrusted)


def test_it_is_given_up_at_every_refusal_so_that_a_crash_leaves_nothing(entrusted: World, order: list[str]) -> None:
    entrusted.server.only.status = "revoked"
    entrusted.call_in()
    order.clear()

    entrusted.restart()
    entrusted.call_in()

    assert order == ["tasks", "policies"]
    assert entrusted.server.types[-1] is AgentType.REGISTRATION_REQUEST


def test_an_agent_that_hears_it_only_when_it_registers_gives_up_too(world: World, order: list[str]) -> None:
    world.entrusted.append(Policies(world, "policies", order))
    world.server.status_of_new = "revoked"

    world.call_in()

    assert order == ["policies"]


@pytest.mark.parametrize("reason", ["pending", "registration_needed", "fork", "gap", "agent_too_old", "malformed"])
def test_no_other_refusal_ends_anything(
    entrusted: World, order: list[str], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entrusted.server, "content_refusal", lambda header: reason)

    entrusted.call_in()

    assert order == []


def test_busy_and_an_unknown_key_end_nothing(entrusted: World, order: list[str]) -> None:
    for kind, content in ((ServerType.BUSY, {"retry_after": 5}), (ServerType.UNKNOWN_KEY, {})):
        flow = entrusted.flow()
        flow.start(lambda _: False)
        flow.answered(Told(kind, content))

    assert order == []


def test_trusted_again_it_is_given_all_anew_by_the_ordinary_way(entrusted: World, order: list[str]) -> None:
    entrusted.server.only.status = "revoked"
    entrusted.call_in()
    order.clear()
    entrusted.server.only.status = "allowed"

    assert entrusted.call_in().reason == ""

    assert order == []
    assert entrusted.member.keep.state.standing is Standing.ALLOWED
