"""The worker's code without threads, broker and TLS, on a PostgreSQL log: the fast way to fill one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from broker.messages import Verdict
from domain.orders import SetRegistrationPolicy
from handlers.tree_snapshots import EVERY
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

    snapshot_every = EVERY

    def __init__(self, directory: Path, dsn: str, agents: int) -> None:
        self._dsn = dsn
        super().__init__(directory)
        self._enrol(agents)

    def _stores(self) -> Any:
        return PostgresLog(self._dsn), PostgresLeases(self._dsn)

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
