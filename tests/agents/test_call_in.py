"""What an agent says in a call-in, and what it makes of the answers."""

import pytest

from agents.outcome import Done, Outcome, Why
from agents.state import Standing
from tests.agents.world import PROPERTIES, World
from wire.types import AgentType


def test_the_first_call_in_registers_sends_all_properties_and_the_events(world: World) -> None:
    event = world.add_event("DiskReplaced", slot=3)

    done = world.call_in(Why.START)

    assert done == Done(Outcome.ACCEPTED)
    assert world.server.types == [AgentType.REGISTRATION_REQUEST, AgentType.FULL_PROPS, AgentType.EVENT_UPLOAD]
    assert world.server.only.properties == PROPERTIES
    assert world.server.only.events == [event.to_plain()]
    assert world.server.only.whys == ["start"]
    assert world.member.keep.state.agent_id == world.server.only.agent_id
    assert world.events.ids() == []


def test_an_idle_call_in_is_one_small_package(world: World) -> None:
    world.call_in()
    world.server.seen.clear()

    done = world.call_in()

    assert done.outcome is Outcome.ACCEPTED
    assert world.server.types == [AgentType.PROPS_VERSION]


@pytest.mark.parametrize("why", list(Why))
def test_the_call_in_says_what_made_the_agent_call(world: World, why: Why) -> None:
    world.call_in()

    world.call_in(why)

    assert world.server.only.whys[-1] == str(why)


def test_changed_properties_travel_as_a_change(world: World) -> None:
    world.call_in()
    world.server.seen.clear()
    world.properties = {**PROPERTIES, "cpu": {"cores": 4}}
    del world.properties["os"]

    world.call_in()

    assert world.server.types == [AgentType.INC_PROPS]
    assert world.server.only.properties == world.properties


def test_one_and_true_are_a_change(world: World) -> None:
    world.properties = {**PROPERTIES, "flag": 1}
    world.call_in()
    world.properties = {**PROPERTIES, "flag": True}

    world.call_in()

    assert world.server.only.properties["flag"] is True


def test_a_full_set_travels_on_request_of_a_person(world: World) -> None:
    world.call_in()
    world.server.seen.clear()

    world.call_in(full=True)

    assert world.server.types == [AgentType.FULL_PROPS]


def test_a_full_set_wanted_by_the_server_follows_in_the_same_session(world: World) -> None:
    world.call_in()
    world.server.only.accepted = b"another!"
    world.server.seen.clear()

    done = world.call_in()

    assert done.outcome is Outcome.ACCEPTED
    assert world.server.types == [AgentType.PROPS_VERSION, AgentType.FULL_PROPS]


def test_a_change_on_another_base_is_followed_by_the_full_set(world: World) -> None:
    world.call_in()
    world.server.only.accepted = b"another!"
    world.server.seen.clear()
    world.properties = {**PROPERTIES, "cpu": {"cores": 8}}

    world.call_in()

    assert world.server.types == [AgentType.INC_PROPS, AgentType.FULL_PROPS]
    assert world.server.only.properties == world.properties


def test_a_large_package_is_announced_by_hello(world: World) -> None:
    world.properties = {"noise": [f"{at * 2654435761 % 2**32:08x}" for at in range(30_000)]}

    done = world.call_in()

    assert done.outcome is Outcome.ACCEPTED
    assert world.server.types == [AgentType.REGISTRATION_REQUEST, AgentType.HELLO, AgentType.FULL_PROPS]
    assert world.server.only.properties == world.properties


def test_a_pending_agent_asks_again_and_sends_nothing_else(world: World) -> None:
    world.server.status_of_new = "pending"
    world.server.retry_after_s = 7

    first, second = world.call_in(), world.call_in()

    assert first == second == Done(Outcome.PENDING, "pending", 7)
    assert world.server.types == [AgentType.REGISTRATION_REQUEST] * 2
    assert world.member.keep.state.agent_id == world.server.only.agent_id


def test_a_blocked_agent_is_refused(world: World) -> None:
    world.server.status_of_new = "blocked"

    assert world.call_in() == Done(Outcome.REFUSED, "blocked", None)


def test_a_revoked_agent_starts_registration_again_and_keeps_what_it_had_to_say(world: World) -> None:
    world.call_in()
    world.server.only.status = "revoked"
    world.add_event("DoorOpened")
    world.server.seen.clear()

    done = world.call_in()

    assert done.outcome is Outcome.REFUSED
    assert done.reason == "revoked"
    assert world.server.types == [AgentType.PROPS_VERSION, AgentType.REGISTRATION_REQUEST]
    assert world.server.only.requests[-1]["agent_id"] == world.server.only.agent_id
    assert world.member.keep.state.standing is Standing.REVOKED
    assert len(world.events.ids()) == 1


def test_an_agent_allowed_meanwhile_goes_on_in_the_session_of_its_request(world: World) -> None:
    world.call_in()
    world.server.only.status = "revoked"
    world.call_in()
    world.server.only.status = "allowed"
    world.server.seen.clear()

    done = world.call_in()

    assert done.outcome is Outcome.ACCEPTED
    # The package refused before goes out under its number, then the call-in of now.
    assert world.server.types == [AgentType.REGISTRATION_REQUEST, AgentType.PROPS_VERSION, AgentType.PROPS_VERSION]
    assert world.server.numbers == [2, 3]


def test_a_clock_ten_hours_wrong_works(world: World) -> None:
    world.agent_clock_ms -= 10 * 3_600_000

    assert world.call_in().outcome is Outcome.ACCEPTED
    assert world.member.keep.state.server_time_ms == world.server.now_ms


def test_a_body_the_server_cannot_use_is_set_aside_and_the_agent_goes_on(world: World) -> None:
    world.call_in()
    world.server.content_refusal = lambda header: "unprocessable" if header.type == AgentType.EVENT_UPLOAD else ""
    world.add_event("Poison")

    refused = world.call_in()
    world.server.content_refusal = lambda header: ""
    world.add_event("Fine")
    world.call_in()

    assert refused.outcome is Outcome.ACCEPTED
    assert [event["type"] for event in world.server.only.events] == ["Fine"]
    assert len(list((world.home / "refused").iterdir())) == 1
    assert world.server.numbers == [1, 2, 3, 4, 5]


def test_properties_the_server_cannot_use_do_not_keep_the_events(world: World) -> None:
    world.server.content_refusal = lambda header: "too_large" if header.type == AgentType.FULL_PROPS else ""
    world.add_event("Fine")

    done = world.call_in()

    assert done.outcome is Outcome.ACCEPTED
    assert [event["type"] for event in world.server.only.events] == ["Fine"]


def test_many_events_go_in_batches_oldest_first(world: World) -> None:
    for at in range(12):
        world.add_event("Noise", at=at, text="x" * 60_000)

    world.call_in()

    assert [event["data"]["at"] for event in world.server.only.events] == list(range(12))
    assert world.server.types.count(AgentType.EVENT_UPLOAD) == 3


@pytest.mark.parametrize("slot", [1800, 0, -1, 2**63])
def test_the_slot_that_an_answer_names_is_what_the_call_in_ends_with(world: World, slot: int) -> None:
    world.call_in()
    world.server.besides = {"slot": slot}

    assert world.call_in() == Done(Outcome.ACCEPTED, slot_s=slot)


@pytest.mark.parametrize("slot", ["soon", 1.5, None, b"1", [1], {}])
def test_a_slot_that_is_no_number_is_none(world: World, slot: object) -> None:
    world.call_in()
    world.server.besides = {"slot": slot}

    assert world.call_in() == Done(Outcome.ACCEPTED)
