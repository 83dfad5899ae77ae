"""An agent that was merged knows its new id after the next call-in."""

from pathlib import Path

from agents.outcome import Outcome
from domain.orders import MergeRegistration
from tests.agents.re_key_world import ReKeyWorld
from wire import keys
from worker_room import SpeakingAgent


def test_the_id_in_an_answer_is_the_agents_from_then_on(tmp_path: Path) -> None:
    agent = ReKeyWorld(tmp_path, keys.P256)
    agent.enrol()
    other = SpeakingAgent(agent.room, "pc-2")
    other.enrol()
    before = agent.member.keep.state.agent_id
    merged = agent.room.order(MergeRegistration(agent.member.identity.fingerprint, other.fingerprint, "one machine"))

    done = agent.call_in()

    assert (merged.outcome, done.outcome) == ("done", Outcome.ACCEPTED)
    agent.restart()
    known = agent.member.keep.state.agent_id
    assert known == other.say(other.registration()).content["agent_id"] != before
    agent.room.close()
