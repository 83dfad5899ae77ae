"""A server restored from before a change of key takes its agents back, for they kept what the old key signed."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agents.key_ring import HANDOVERS
from agents.outcome import Outcome
from domain.orders import CloseMigrationWindow, OpenMigrationWindow, RevokeRegistration, SetKeyPolicy
from tests.agents.re_key_world import ReKeyWorld
from wire import keys
from worker_room import WorkerRoom

World = Callable[..., ReKeyWorld]
HOUR_MS = 3_600_000


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An enrolled agent whose server was copied just now."""
    made: list[ReKeyWorld] = []

    def make(algorithm: str = keys.RSA2048) -> ReKeyWorld:
        found = ReKeyWorld(tmp_path, algorithm)
        made.append(found)
        found.enrol()
        found.room.close()
        shutil.copytree(tmp_path / "server", tmp_path / "backup")
        found.room = reopened(tmp_path / "server", found)
        return found

    yield make
    for each in made:
        each.room.close()


def reopened(directory: Path, world: ReKeyWorld) -> WorkerRoom:
    room = WorkerRoom(directory)
    room.clock.now_ms = world.room.clock.now_ms
    return room


def re_key(world: ReKeyWorld, times: int = 1) -> bytes:
    """A new key, in use; returns its fingerprint."""
    for _ in range(times):
        world.room.clock.forward(HOUR_MS)
        world.re_key()
        assert world.call_in().outcome is Outcome.ACCEPTED
        world.restart()
    return world.member.identity.fingerprint


def restore(world: ReKeyWorld, tmp_path: Path) -> None:
    """The server is the copy from before, from now on."""
    world.room.close()
    world.room = reopened(tmp_path / "backup", world)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_an_agent_goes_on_with_its_key_and_its_id(world: World, tmp_path: Path, times: int) -> None:
    agent = world()
    first = agent.member.identity.fingerprint
    new, agent_id = re_key(agent, times), agent.member.keep.state.agent_id
    restore(agent, tmp_path)
    agent.happen("After")

    done = agent.call_in()

    assert done.outcome is Outcome.ACCEPTED, done
    assert agent.member.keep.state.agent_id == agent_id
    (offered,) = agent.room.events("Agent.KeyOffered")
    (replaced,) = agent.room.events("Agent.KeyReplaced")
    assert (
        (offered.facts["old"], offered.facts["new"]) == (replaced.facts["old"], replaced.facts["new"]) == (first, new)
    )
    assert agent.delivered() == ["After"]
    assert agent.room.topics().count("Agent.Introduced") == 1


def test_more_changes_than_are_kept_make_a_new_machine_of_it(world: World, tmp_path: Path) -> None:
    agent = world()
    re_key(agent, 4)
    restore(agent, tmp_path)

    assert agent.call_in().outcome is Outcome.PENDING
    assert agent.room.events("Agent.KeyOffered") == []


def test_an_rsa_1024_key_had_its_last_word_in_a_window_and_has_it_again_in_one_only(
    world: World, tmp_path: Path
) -> None:
    agent = world(keys.RSA1024)
    agent.room.order(OpenMigrationWindow(agent.room.clock.now_ms + 4 * HOUR_MS, "upgrade"))
    re_key(agent)
    restore(agent, tmp_path)
    agent.room.order(OpenMigrationWindow(agent.room.clock.now_ms + HOUR_MS, "after the restore"))

    assert agent.call_in().outcome is Outcome.ACCEPTED
    assert agent.room.events("Agent.KeyOffered")[0].facts["migrated"] is True


def test_without_a_window_it_is_a_pending_duplicate(world: World, tmp_path: Path) -> None:
    agent = world(keys.RSA1024)
    agent.room.order(OpenMigrationWindow(agent.room.clock.now_ms + 4 * HOUR_MS, "upgrade"))
    re_key(agent)
    agent.room.order(CloseMigrationWindow("done"))
    restore(agent, tmp_path)

    assert agent.call_in().outcome is Outcome.PENDING
    assert agent.room.events("Registration.Requested")[-1].facts["duplicate_of"]


def test_a_revoked_machine_is_not_let_in_by_what_its_old_key_signed(world: World, tmp_path: Path) -> None:
    agent = world()
    first = agent.member.identity.fingerprint
    re_key(agent)
    restore(agent, tmp_path)
    agent.room.order(RevokeRegistration(first, "stolen"))

    assert agent.call_in().outcome is Outcome.PENDING
    assert agent.room.events("Agent.KeyOffered") == []


def test_a_key_that_is_too_weak_now_does_not_follow(world: World, tmp_path: Path) -> None:
    agent = world()
    agent.room.clock.forward(HOUR_MS)
    agent.re_key(keys.RSA2048)
    agent.call_in()
    agent.restart()
    restore(agent, tmp_path)
    agent.room.order(SetKeyPolicy(keys.P256))

    assert agent.call_in().outcome is Outcome.REFUSED
    assert agent.room.events("Agent.KeyOffered") == []


def test_damaged_handovers_are_as_good_as_none(world: World, tmp_path: Path) -> None:
    agent = world()
    re_key(agent)
    (agent.home / HANDOVERS).write_bytes(b"\x91\xc4")
    restore(agent, tmp_path)

    assert agent.call_in().outcome is Outcome.PENDING
