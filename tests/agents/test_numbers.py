"""Numbers and resend: the same number, the same body, until a signed answer says that it is delivered."""

import pytest

from agents.outcome import Outcome, Why
from tests.agents.world import PROPERTIES, Crashed, LostAnswer, World
from wire.types import AgentType


def lose(world: World, *answers: bool, full: bool = False) -> None:
    """A call-in that ends because an answer is lost."""
    world.losing = list(answers)
    with pytest.raises(LostAnswer):
        world.call_in(full=full)
    world.losing = []
    world.restart()


def test_a_lost_answer_makes_the_same_body_go_out_again_under_its_number(world: World) -> None:
    world.call_in()
    lose(world, True)

    done = world.call_in()

    assert done.outcome is Outcome.ACCEPTED
    assert world.server.numbers == [1, 2, 2, 3]
    assert world.server.only.next_number == 4


def test_a_crash_between_writing_and_sending_loses_nothing(world: World) -> None:
    world.call_in()
    event = world.add_event("PowerFailed")
    flow = world.flow(Why.MANUAL)
    world.crash_before_sending = True
    with pytest.raises(Crashed):
        world.converse(flow)
    world.crash_before_sending = False
    world.restart()

    world.call_in(Why.START)

    assert world.server.numbers == [1, 2, 3, 4]
    assert world.server.only.whys[1:] == ["manual", "start"]
    assert world.server.only.events == [event.to_plain()]


def test_the_body_in_flight_is_not_made_anew_from_what_changed_since(world: World) -> None:
    world.call_in()
    world.properties = {**PROPERTIES, "cpu": {"cores": 4}}
    lose(world, True)
    world.properties = {**PROPERTIES, "cpu": {"cores": 16}}

    done = world.call_in()

    assert done.outcome is Outcome.ACCEPTED
    assert world.server.only.properties == world.properties
    assert world.server.numbers == [1, 2, 2, 3]


def test_a_lost_answer_to_events_delivers_them_once(world: World) -> None:
    world.call_in()
    event = world.add_event("DoorOpened")
    lose(world, False, True)

    world.call_in()

    assert world.server.only.events == [event.to_plain()]
    assert world.events.ids() == []


def test_a_large_package_with_a_lost_answer_is_announced_and_sent_again(world: World) -> None:
    world.call_in()
    world.properties = {"noise": [f"{at * 2654435761 % 2**32:08x}" for at in range(40_000)]}
    world.server.seen.clear()
    lose(world, False, True)

    done = world.call_in()

    assert done.outcome is Outcome.ACCEPTED
    assert world.server.types[:2] == [AgentType.HELLO, AgentType.FULL_PROPS]
    # The answer to the second Hello tells that the body had arrived; what follows is the call-in of now.
    assert world.server.types[2:] == [AgentType.HELLO, AgentType.PROPS_VERSION]
    assert world.server.only.properties == world.properties


def test_lost_reply_then_revoked_then_allowed_makes_no_fork(world: World) -> None:
    world.call_in()
    world.add_event("DoorOpened")
    world.properties = {**PROPERTIES, "cpu": {"cores": 4}}
    lose(world, True)
    world.server.only.status = "revoked"
    world.properties = {**PROPERTIES, "cpu": {"cores": 8}}
    world.call_in()
    world.server.only.status = "allowed"
    world.server.seen.clear()

    done = world.call_in()

    assert done.outcome is Outcome.ACCEPTED
    assert world.server.types == [AgentType.REGISTRATION_REQUEST, AgentType.INC_PROPS, AgentType.EVENT_UPLOAD]
    assert world.server.numbers == [3, 4]
    assert world.server.only.properties == world.properties


@pytest.mark.parametrize("kept", [0, 1])
def test_a_gap_gives_the_body_in_flight_the_number_that_was_named(world: World, kept: int) -> None:
    for _ in range(3):
        world.call_in()
    # The server was restored from a backup: it has forgotten the newest numbers.
    del world.server.only.diary[kept:]
    world.server.seen.clear()

    done = world.call_in()

    assert done.outcome is Outcome.ACCEPTED
    assert world.server.numbers == [4, kept + 1]


def test_an_agent_that_lost_its_state_registers_first_and_takes_the_next_number_from_there(world: World) -> None:
    for _ in range(3):
        world.call_in()
    (world.home / "state").unlink()
    world.restart()
    world.server.seen.clear()

    done = world.call_in()

    assert done.outcome is Outcome.ACCEPTED
    assert world.server.types[0] is AgentType.REGISTRATION_REQUEST
    assert world.server.numbers == [4]


def test_a_fork_is_refused_and_nothing_is_thrown_away(world: World) -> None:
    world.call_in()
    world.server.only.diary.append((int(AgentType.PROPS_VERSION), bytes(16), b"the twin's"))

    done = world.call_in()

    assert done.outcome is Outcome.REFUSED
    assert done.reason == "fork"
    assert world.member.keep.state.in_flight is not None


def test_a_used_number_gives_the_body_in_flight_the_next_one(world: World) -> None:
    world.call_in()
    event = world.add_event("DoorOpened")
    # Another body of this agent stands under the next two numbers: somebody held them back and released them.
    world.server.only.diary += [(int(AgentType.EVENT_UPLOAD), bytes(16), b"held back")] * 2
    world.server.used = "number_used"

    done = world.call_in()

    assert done.outcome is Outcome.ACCEPTED
    assert world.server.numbers == [1, 2, 4, 5]
    assert world.server.only.events == [event.to_plain()]
    assert world.events.ids() == []


def test_a_server_that_finds_ever_new_numbers_used_ends_the_call_in(world: World) -> None:
    world.call_in()
    event = world.add_event("DoorOpened")
    world.server.used, world.server.always_used = "number_used", True

    done = world.call_in()

    assert (done.outcome, done.reason) == (Outcome.REFUSED, "number_used")
    assert world.server.numbers == [1, 2, 2, 2, 2]
    assert world.events.ids() == [event.id]
