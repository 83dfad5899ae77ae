"""Simulated agents and the real worker: what is held on one side is what the other knows, and nothing is a fork."""

import random
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from agents.codec import MsgpackCodec
from agents.swarm.endpoint import Endpoint, Step
from agents.swarm.keeping import Kept, fresh
from agents.swarm.manifests import Manifests
from agents.swarm.properties import property_set
from domain.desired_orders import AssignPolicies, CreateGroup, EndAssignment, PlaceAgents, WritePolicy
from domain.orders import AllowRegistration, RevokeRegistration
from wire.agent_session import Answered, Told
from wire.keys import load_public_key, public_der
from worker_room import SpeakingAgent, Spoken, WorkerRoom

CATEGORIES = ("one", "two")


class Simulated:
    """One agent of a swarm, its packages carried to the worker by hand; ``troubles`` is all that went wrong."""

    def __init__(self, room: WorkerRoom) -> None:
        self.room = room
        self.manifests = Manifests(MsgpackCodec())
        self.troubles: set[str] = set()
        self._carrier = SpeakingAgent(room)
        (kept,) = fresh(1)
        self.begin(kept)
        self.call_in()
        self.allow()
        self.call_in()
        self.troubles.clear()

    def begin(self, kept: Kept) -> None:
        """A run begins with what was kept."""
        codec, self.kept = MsgpackCodec(), kept
        self.endpoint = Endpoint(codec, kept.key, property_set(1, 1), lambda _key, _number: None, self.manifests)
        self.endpoint.resume(kept)

    def send(self) -> Spoken:
        """Say what is to be said; nobody hears the answer."""
        endpoint, carrier = self.endpoint, self._carrier
        carrier.private = endpoint.key
        carrier.public = load_public_key(public_der(endpoint.key.public_key()))
        return carrier.say(endpoint.say())

    def call_in(self) -> None:
        """Until there is nothing more to say, or the agent has to wait."""
        step = Step.SAY
        while step is Step.SAY:
            event = self.send().event
            assert isinstance(event, Answered | Told)
            step, trouble, _ = self.endpoint.heard(event)
            self.troubles |= {trouble} - {""}

    def allow(self) -> None:
        assert self.room.order(AllowRegistration(self.endpoint.fingerprint, "known")).outcome == "done"

    def held(self) -> dict[bytes, int]:
        manifest = self.endpoint.holding.manifest
        return dict(manifest.versions) if manifest else {}

    def assigned(self) -> dict[bytes, int]:
        """By the worker's memory."""
        desired, agent_id = self.room.shift._memory.desired, self.agent_id
        parts = desired.told(agent_id, desired.place(agent_id)).parts
        return {part.item.id: part.item.version for part in parts}

    @property
    def agent_id(self) -> UUID:
        return self.room.records.registration(self.endpoint.fingerprint).agent_id


@pytest.fixture
def room(tmp_path: Path) -> WorkerRoom:
    """/Desks; a policy of each category, the first assigned above all."""
    made = WorkerRoom(tmp_path)
    made.order(CreateGroup("/Desks"))
    for each in CATEGORIES:
        made.order(WritePolicy(each, "p", {"text": each}))
    made.order(AssignPolicies(CATEGORIES[0], [{"policy": "p"}], group="/"))
    return made


def restarted(room: WorkerRoom) -> None:
    room.leases.release(room.shift._fence)
    room.shift = room.new_shift("worker-2")


def test_what_is_assigned_is_held_and_a_worker_that_takes_over_neither_asks_nor_sends(room: WorkerRoom) -> None:
    agent = Simulated(room)
    entries = len(room.events("Diary.CalledIn"))

    restarted(room)
    agent.call_in()

    assert agent.held() == agent.assigned() != {}
    assert len(room.events("Diary.CalledIn")) == entries + 1
    assert agent.manifests.manifests == 1


def test_a_new_key_goes_on_with_what_the_old_one_held(room: WorkerRoom) -> None:
    agent = Simulated(room)
    before = agent.endpoint.fingerprint

    agent.endpoint.succession.begin()
    agent.call_in()
    agent.call_in()

    assert agent.endpoint.fingerprint != before
    assert agent.held() == agent.assigned()
    assert (agent.manifests.items, agent.troubles) == (1, set())


def test_a_revoked_agent_gets_everything_anew_when_it_is_allowed_again(room: WorkerRoom) -> None:
    agent = Simulated(room)
    room.order(RevokeRegistration(agent.endpoint.fingerprint, "lost"))
    agent.call_in()
    nothing = agent.held()

    agent.allow()
    agent.call_in()

    assert nothing == {}
    assert agent.held() == agent.assigned() != {}
    assert agent.troubles == {"revoked"}


@pytest.mark.parametrize("seed", range(8))
def test_whatever_breaks_off_nothing_is_a_fork_and_in_the_end_all_is_held(room: WorkerRoom, seed: int) -> None:
    chance = random.Random(seed)
    agent = Simulated(room)
    verbs: list[Callable[[], object]] = [
        agent.call_in,
        agent.call_in,
        agent.send,
        lambda: agent.begin(agent.endpoint.kept),
        lambda: agent.begin(agent.kept),
        lambda: restarted(room),
        lambda: room.order(WritePolicy(chance.choice(CATEGORIES), "p", {"text": str(chance.random())})),
        lambda: room.order(AssignPolicies(chance.choice(CATEGORIES), [{"policy": "p"}], group="/Desks")),
        lambda: room.order(EndAssignment(chance.choice(CATEGORIES), group=chance.choice(["/", "/Desks"]))),
        lambda: room.order(PlaceAgents([agent.agent_id.bytes], chance.choice(["/", "/Desks"]))),
    ]
    for _ in range(40):
        chance.choice(verbs)()

    agent.call_in()

    assert agent.held() == agent.assigned()
    assert agent.troubles == set()
    assert "Agent.Forked" not in room.topics()
