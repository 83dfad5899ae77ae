"""Replacing a key: cut, killed or lied to at every single step, the agent ends with a key that the server accepts."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from agents.key_ring import NEXT
from agents.outcome import Outcome
from agents.state import Standing
from domain.orders import OpenMigrationWindow, RevokeRegistration, SetKeyPolicy
from tests.agents.re_key_world import ReKeyWorld, crash_at
from tests.agents.world import Crashed, LostAnswer
from wire import keys
from worker_room import SpeakingAgent

World = Callable[..., ReKeyWorld]
IN_FLIGHT = ["", "request", "answer"]
"""Before the new key: nothing in flight; a package that never arrived; one that did, its answer lost."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An enrolled agent that has a call-in behind it, with an event in flight that was lost this way."""
    made: list[ReKeyWorld] = []

    def make(in_flight: str = "", algorithm: str = keys.P256) -> ReKeyWorld:
        directory = tmp_path / f"{len(made)}"
        directory.mkdir()
        found = ReKeyWorld(directory, algorithm)
        made.append(found)
        found.enrol()
        if in_flight:
            found.happen("First")
            last = found.exchanges + 2
            found.fault = lambda number: in_flight if number == last else ""
            with pytest.raises(LostAnswer):
                found.call_in()
            assert found.member.keep.state.in_flight is not None
        found.happen("Second")
        found.exchanges, found.fault = 0, lambda number: ""
        return found

    yield make
    for each in made:
        each.room.close()


def rekeyed_whole(world: ReKeyWorld, before: bytes, first: bool) -> None:
    """The agent goes on with its new key, nothing is lost or told twice, no number has had two bodies."""
    world.fault = lambda number: ""
    world.restart()
    world.re_key()
    for _ in range(2):
        done = world.call_in()
        assert done.outcome is Outcome.ACCEPTED, done
    world.restart()
    assert world.member.identity.fingerprint != before
    assert not (world.home / NEXT).exists()
    assert world.delivered() == (["First", "Second"] if first else ["Second"])
    assert all(len(bodies) == 1 for bodies in world.sent.values())
    assert not world.refusals() & {"fork", "gap"}
    assert world.room.topics().count("Agent.Introduced") == 1


@pytest.mark.parametrize("in_flight", IN_FLIGHT)
def test_a_key_is_replaced_within_one_session(world: World, in_flight: str) -> None:
    agent = world(in_flight)
    before = agent.member.identity.fingerprint
    agent.re_key()

    done = agent.call_in()

    assert done.outcome is Outcome.ACCEPTED
    assert agent.member.identity.fingerprint != before
    assert agent.member.keep.state.fallback_number == 0
    assert agent.room.topics().count("Agent.KeyReplaced") == 1
    rekeyed_whole(agent, agent.room.events("Agent.Introduced")[0].facts["fingerprint"], bool(in_flight))


@pytest.mark.parametrize("in_flight", IN_FLIGHT)
@pytest.mark.parametrize("fault", ["request", "answer", "worker", "unknown"])
def test_whatever_befalls_any_exchange(world: World, in_flight: str, fault: str) -> None:
    plain = world(in_flight)
    plain.re_key()
    plain.call_in()
    assert plain.exchanges >= 3  # the offer, the properties, the events

    for cut in range(1, plain.exchanges + 1):
        agent = world(in_flight)
        before = agent.member.identity.fingerprint
        agent.re_key()
        agent.fault = lambda number, cut=cut: fault if number == cut else ""  # type: ignore[misc]
        try:
            agent.call_in()
        except LostAnswer:
            agent.room.shift = agent.room.new_shift("worker-1")
        rekeyed_whole(agent, before, bool(in_flight))


def re_key_and_call_in(agent: ReKeyWorld) -> None:
    agent.re_key()
    agent.call_in()


@pytest.mark.parametrize("in_flight", ["", "answer"])
def test_wherever_the_agent_is_killed(world: World, in_flight: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = world(in_flight)
    with crash_at(0, monkeypatch) as acts:
        plain.re_key()
        plain.call_in()
    assert {"fsync", "link", "replace", "unlink"} == set(acts), acts

    for step in range(1, len(acts) + 1):
        agent = world(in_flight)
        before = agent.member.identity.fingerprint
        with crash_at(step, monkeypatch), pytest.raises(Crashed):
            re_key_and_call_in(agent)
        agent.room.shift = agent.room.new_shift("worker-1")
        rekeyed_whole(agent, before, bool(in_flight))


def test_a_lie_about_both_keys_moves_nothing_that_is_stored(world: World) -> None:
    agent = world("request")
    agent.re_key()
    agent.fault = lambda number: "answer" if number == 2 else ""
    with pytest.raises(LostAnswer):
        agent.call_in()
    state = agent.member.keep.state
    before = (state.key, state.in_flight, state.fallback_number)
    agent.fault = lambda number: "unknown"

    agent.call_in()

    assert (state.key, state.in_flight, state.fallback_number) == before
    rekeyed_whole(agent, agent.room.events("Agent.Introduced")[0].facts["fingerprint"], first=True)


def test_a_server_that_wants_a_better_key_gets_it_in_the_same_session(world: World) -> None:
    agent = world("", keys.RSA2048)
    assert agent.room.order(SetKeyPolicy(keys.P256)).outcome == "done"
    before = agent.member.identity.fingerprint

    done = agent.call_in()

    assert done.outcome is Outcome.ACCEPTED
    assert agent.member.identity.fingerprint != before
    reported = agent.room.events("Diary.PropertiesReported")[-1]
    assert reported.meta.subject_id == agent.room.events("Agent.KeyReplaced")[-1].meta.subject_id
    assert agent.delivered() == ["Second"]


def test_an_rsa_1024_agent_ends_its_first_call_in_in_a_window_with_a_new_key(tmp_path: Path) -> None:
    agent = ReKeyWorld(tmp_path, keys.RSA1024)
    agent.enrol()
    before = agent.member.identity.fingerprint
    agent.call_in()
    assert agent.member.identity.fingerprint == before
    agent.room.order(OpenMigrationWindow(agent.room.clock.now_ms + 3_600_000, "upgrade"))

    done = agent.call_in()

    assert done.outcome is Outcome.ACCEPTED
    assert agent.member.identity.fingerprint != before
    assert agent.room.events("Agent.KeyOffered")[0].facts["migrated"] is True
    agent.room.close()


def test_outside_a_window_it_goes_on_with_the_old_key_and_tries_once_a_call_in(tmp_path: Path) -> None:
    agent = ReKeyWorld(tmp_path, keys.RSA1024)
    agent.enrol()
    agent.re_key()
    before, agent.exchanges = agent.member.identity.fingerprint, 0

    done = agent.call_in()

    assert (done.outcome, agent.exchanges) == (Outcome.ACCEPTED, 2)
    assert agent.member.identity.fingerprint == before
    assert agent.refusals() == {"migration_closed"}
    assert (agent.home / NEXT).exists()
    agent.room.close()


def test_a_key_that_another_agent_has_is_thrown_away(world: World) -> None:
    agent = world()
    other = SpeakingAgent(agent.room, "pc-2")
    other.enrol()
    pem = other.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (agent.home / NEXT).write_bytes(pem)
    before = agent.member.identity.fingerprint

    done = agent.call_in()

    assert done.outcome is Outcome.ACCEPTED
    assert agent.refusals() == {"key_taken"}
    assert not (agent.home / NEXT).exists()
    assert agent.member.identity.fingerprint == before


def test_a_revoked_agent_asks_again_with_its_new_key(world: World) -> None:
    agent = world("")
    agent.re_key()
    agent.call_in()
    agent.room.order(RevokeRegistration(agent.member.identity.fingerprint, "stolen"))

    done = agent.call_in()

    assert (done.outcome, done.reason) == (Outcome.REFUSED, "revoked")
    assert agent.member.keep.state.standing is Standing.REVOKED


def test_a_key_that_comes_too_soon_waits_on_the_disk_and_is_offered_later(world: World) -> None:
    agent = world()
    for _ in range(3):
        agent.re_key()
        agent.call_in()
    agent.re_key()
    before = agent.member.identity.fingerprint

    done = agent.call_in()

    assert (done.outcome, agent.refusals()) == (Outcome.ACCEPTED, {"key_offered_too_often"})
    assert (agent.member.identity.fingerprint, (agent.home / NEXT).exists()) == (before, True)
    agent.room.clock.forward(3_600_000)
    assert agent.call_in().outcome is Outcome.ACCEPTED
    assert agent.member.identity.fingerprint != before
