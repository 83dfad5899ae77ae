"""An agent many server keys behind hears of them in KeyUpdate packages and goes on in the same session, to an end."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from agents.outcome import Outcome
from domain.orders import ActivateServerKey, CreateServerKey
from tests.agents.re_key_world import ReKeyWorld
from wire import keys
from wire.packages import MAX_CERTIFICATES, MAX_KEY_UPDATE

FIRST = 1


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[ReKeyWorld]:
    """An enrolled agent that knows the first server key."""
    world = ReKeyWorld(tmp_path, keys.P256)
    world.enrol()
    world.exchanges = 0
    yield world
    world.room.close()


def generations(world: ReKeyWorld, count: int) -> None:
    """So many further server keys, each of which has answered."""
    following = range(FIRST + 1, FIRST + count + 1)
    rotations = ((CreateServerKey("ed25519"), ActivateServerKey(version, "rotation")) for version in following)
    assert {each.outcome for each in world.room.orders(chain.from_iterable(rotations))} == {"done"}


def test_as_many_as_fit_come_beside_the_answer(agent: ReKeyWorld) -> None:
    generations(agent, MAX_CERTIFICATES)

    done = agent.call_in()

    assert (done.outcome, agent.exchanges) == (Outcome.ACCEPTED, 1)
    assert agent.member.trust.newest_version == FIRST + MAX_CERTIFICATES


def test_more_come_first_and_the_package_goes_out_once_more_in_the_same_session(agent: ReKeyWorld) -> None:
    generations(agent, MAX_CERTIFICATES + 1)
    number, head = agent.member.keep.state.next_number, len(agent.room.events())

    done = agent.call_in()

    assert (done.outcome, agent.exchanges, agent.sessions) == (Outcome.ACCEPTED, 2, 1)
    assert agent.member.keep.state.next_number == number + 1
    assert len(agent.room.events()) == head + 1
    agent.restart()
    assert agent.member.trust.newest_version == FIRST + MAX_CERTIFICATES + 1


def test_very_many_come_in_several(agent: ReKeyWorld) -> None:
    generations(agent, MAX_KEY_UPDATE + MAX_CERTIFICATES + 1)

    done = agent.call_in()

    assert (done.outcome, agent.exchanges) == (Outcome.ACCEPTED, 3)
    assert agent.member.trust.newest_version == FIRST + MAX_KEY_UPDATE + MAX_CERTIFICATES + 1


def test_what_was_heard_survives_a_lost_answer(agent: ReKeyWorld) -> None:
    from tests.agents.world import LostAnswer

    generations(agent, MAX_CERTIFICATES + 1)
    agent.fault = lambda number: "answer" if number == 2 else ""
    with pytest.raises(LostAnswer):
        agent.call_in()
    agent.restart()
    agent.fault, agent.exchanges = lambda number: "", 0

    assert agent.call_in().outcome is Outcome.ACCEPTED
    assert agent.exchanges <= 2


def test_an_agent_registers_and_re_keys_all_the_same(agent: ReKeyWorld) -> None:
    generations(agent, MAX_CERTIFICATES + 1)
    before = agent.member.identity.fingerprint
    agent.re_key()

    assert agent.call_in().outcome is Outcome.ACCEPTED
    assert agent.member.identity.fingerprint != before


@pytest.mark.parametrize("times", [1, 2])
def test_a_key_update_that_brings_nothing_ends_the_call_in(agent: ReKeyWorld, times: int) -> None:
    stored = agent.member.keep.state.to_plain()["certificates"]
    agent.lies = [list(pair) for pair in agent.member.trust.pairs] * times

    done = agent.call_in()

    assert (done.outcome, done.reason, agent.exchanges) == (Outcome.REFUSED, "key_update_required", 1)
    assert agent.member.keep.state.to_plain()["certificates"] == stored
    agent.lies = None
    assert agent.call_in().outcome is Outcome.ACCEPTED
