"""The worker's code without threads, broker and TLS, on a PostgreSQL log: the fast way to fill one."""

import itertools
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from bin.founding import found
from bin.key_directory import KeyDirectory
from broker.messages import Verdict
from domain.orders import SetRegistrationPolicy
from hand_clock import HandClock
from handlers.answering_key import answering_key
from handlers.content import HANDLERS
from handlers.shift import OrderKeys
from store.postgres_leases import PostgresLeases
from store.postgres_log import PostgresLog
from wire.agent_session import Outgoing
from worker_room import SpeakingAgent, WorkerRoom

STATE = bytes(range(16))
MESSAGE = 64
"""Packages a frontend puts into one message at most."""
BATCH = 500


class PostgresRoom(WorkerRoom):
    """A founded deployment; its agents are registered, allowed, and their properties are known."""

    def __init__(self, directory: Path, dsn: str, agents: int) -> None:
        # As WorkerRoom does it, over the other database.
        self.clock = HandClock()
        self.directory = directory
        self._random = random.Random(1)
        self.keys = KeyDirectory(directory / "keys")
        self.keys.prepare()
        self.log = cast(Any, PostgresLog(dsn))
        self.leases = cast(Any, PostgresLeases(dsn))
        self.order_keys = OrderKeys(self.keys.secret("order"), self.keys.secret("reply"))
        self.records = self.new_records()
        found(self.keys, self.records, self.leases, self._deployment(None), directory / "admin-token")
        self.deployment = self._deployment(answering_key(self.records))
        self.handlers = dict(HANDLERS)
        self.shift = self.new_shift("worker-1")
        self._tags = itertools.count(1)
        self.told = []
        self._enrol(agents)

    def call_in(self, rounds: int) -> None:
        """Every agent, so many times, idle."""
        for _ in range(rounds):
            self.clock.forward(60_000)
            self._say([(agent, agent.call_in(self._number, STATE)) for agent in self._agents])
            self._number += 1

    def _enrol(self, agents: int) -> None:
        self.order(SetRegistrationPolicy("allow-all"))
        self._agents = [SpeakingAgent(self, f"pc-{number:05}", seed=number) for number in range(agents)]
        self._say([(agent, agent.registration()) for agent in self._agents])
        properties = {"os": {"name": "Debian", "version": "12"}}
        self._say(
            [(agent, agent.full_properties(1, properties | {"name": agent.name}, STATE)) for agent in self._agents]
        )
        self._number = 2

    def _say(self, said: Sequence[tuple[SpeakingAgent, Outgoing]]) -> None:
        for batch in _cut(said, BATCH):
            for agent, _ in batch:
                agent.clock.now_ms = self.clock.now_ms
            packages = [agent.bound(package)[1] for agent, package in batch]
            answers = self.handle([self.delivery(part) for part in _cut(packages, MESSAGE)])
            assert {answer.verdict for answer in answers} == {Verdict.ACCEPTED}
            assert len(answers) == len(batch)


def _cut(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [items[at : at + size] for at in range(0, len(items), size)]
