"""Machines that speak to a whole worker, and its operators; everything answered in plain words."""

import hashlib
import sqlite3
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from eventsourcing.persistence import StoredEvent

from broker.bus import Delivery
from domain.orders import Command, IssueInstallTickets, RevokeInstallTicket
from handlers.outbox import Message
from handlers.shift import Shift
from store.log import Fence, SideRow, StoreUnavailable
from store.sqlite_leases import SqliteLeases
from store.sqlite_log import SqliteLog
from tests.identity.model import NOTHING, Came
from wire import keys
from wire.agent_session import Answered, Outgoing
from wire.fork_claim import fork_field, fork_proof
from wire.install_ticket import public_half, ticket_field
from wire.key_update import key_update
from wire.succession import handover
from wire.types import AgentType
from worker_room import CODEC, SpeakingAgent, Spoken, WorkerRoom, heard


class FailingLog:
    """The log of a store that refuses the next commit, or makes it and does not say so."""

    def __init__(self, log: SqliteLog) -> None:
        self._log = log
        self.next_commit = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def append(self, events: Sequence[StoredEvent], *, fence: Fence, side: Sequence[SideRow] = ()) -> list[int]:
        fails, self.next_commit = self.next_commit, ""
        if fails == "refused":
            raise StoreUnavailable
        positions = self._log.append(events, fence=fence, side=side)
        if fails == "made":
            raise StoreUnavailable
        return positions


class Redelivering:
    """A worker's shift behind a broker: what it could not commit comes again."""

    def __init__(self, shift: Shift) -> None:
        self._shift = shift

    def handle(self, deliveries: Sequence[Delivery]) -> list[Message]:
        try:
            return self._shift.handle(deliveries)
        except StoreUnavailable:
            return self._shift.handle([msgspec.structs.replace(each, deliveries=2) for each in deliveries])


class Fleet:
    """Agents by name, each with its own memory of numbers; a server restored from a backup does not touch that."""

    def __init__(self, directory: Path) -> None:
        self.room = WorkerRoom(directory)
        self._path = directory / "log.db"
        self._log = FailingLog(self.room.log)
        self.agents: dict[str, SpeakingAgent] = {}
        self._next: dict[str, int] = {}
        self._delivered: dict[str, Outgoing] = {}
        self._seeds: dict[str, bytes] = {}
        self._bodies = count(1)
        self.restart()

    @property
    def clock_ms(self) -> int:
        return self.room.clock.now_ms

    def forward(self, ms: int) -> None:
        """Step the server's clock, back as well."""
        self.room.clock.forward(ms)

    def restart(self) -> None:
        """Another worker takes over with nothing but the log."""
        self.room.log = self._log  # type: ignore[assignment]
        self.room.shift = Redelivering(self.room.new_shift("worker-1"))  # type: ignore[assignment]

    def next_commit(self, fails: str) -> None:
        """`refused`, or `made` without a word."""
        self._log.next_commit = fails

    # Agents.

    def agent(self, name: str) -> SpeakingAgent:
        """The agent with this key, made when it is first named."""
        if name not in self.agents:
            self.agents[name] = SpeakingAgent(self.room, name, keys.ED25519, seed=len(self.agents))
            self._next[name] = 1
        return self.agents[name]

    def name_of(self, fingerprint: bytes) -> str:
        """Whose key this is."""
        return next(name for name, agent in self.agents.items() if agent.fingerprint == fingerprint)

    def request(self, name: str, claims: dict[str, Any], ticket: str | None = None, came: Came = NOTHING) -> Outgoing:
        agent, said = self.agent(name), {"name": claims["name"], "resource_keys": claims["resources"]}
        if came.how == "handover":
            said["succession"] = [self._handover(came.by, name)]
        if came.how == "fork":
            old = self.agents[came.by]
            proof = fork_proof(agent.fingerprint, lambda message: keys.sign(old.private, message))
            said["fork_of"] = fork_field(old.fingerprint, proof)
        if ticket is not None:
            said["ticket"] = ticket_field(self._seed(ticket), agent.fingerprint)
        return agent.registration(**said)

    def ask(self, name: str, claims: dict[str, Any], ticket: str | None = None, came: Came = NOTHING) -> str:
        return word(self.agent(name).say(self.request(name, claims, ticket, came)))

    def ask_together(self, asking: Sequence[tuple[str, dict[str, Any]]]) -> list[str]:
        """Requests of several agents in one batch."""
        return self._together([(name, self.request(name, claims)) for name, claims in asking])

    def hello(self, names: Sequence[str]) -> dict[str, tuple[str, int]]:
        """What the next package of each key would be answered, and its next number; asked without using a number."""
        fails, self._log.next_commit = self._log.next_commit, ""  # That is for what somebody does, not for looking.
        said = [(name, self.agents[name].package(AgentType.HELLO, {"size": 1}, 0)) for name in names]
        answered = dict(zip(names, self._spoken(said), strict=True))
        self._log.next_commit = fails
        return answered

    def call_in(self, name: str) -> str:
        """A package under the next number the agent knows of; once more under the one it is told after a gap."""
        agent = self.agent(name)
        agent.clock.forward(1)
        state_hash = next(self._bodies).to_bytes(16, "big")
        spoken = agent.say(package := agent.call_in(self._next[name], state_hash))
        if word(spoken) == "gap":
            agent.clock.forward(1)
            package = agent.call_in(spoken.next_number, state_hash)
            spoken = agent.say(package)
        if word(spoken) == "taken":
            self._delivered[name], self._next[name] = package, spoken.next_number
        return word(spoken)

    def repeat(self, name: str) -> tuple[str, int]:
        """The last package once more, as if its answer had been lost; the answer, and how many events it made."""
        head = self.room.log.head()
        return word(self.agent(name).say(self._delivered[name])), self.room.log.head() - head

    def clone_calls_in(self, name: str, number: int, *, clock_is_behind: bool) -> str:
        """A copy of the machine says something of its own under a number that was used."""
        agent, ms = self.agents[name], 1_000_000 if clock_is_behind else -1
        agent.clock.forward(-ms)
        spoken = agent.say(agent.call_in(number, next(self._bodies).to_bytes(16, "big")))
        agent.clock.forward(ms if clock_is_behind else 0)
        return word(spoken)

    def has_delivered(self, name: str) -> int:
        """The number of the package that can be repeated, 0 when there is none."""
        return self._delivered[name].number if name in self._delivered else 0

    def offer(self, old: str, new: str) -> str:
        agent = self.agent(old)
        return word(agent.say(agent.package(AgentType.AGENT_KEY_UPDATE, self._update(old, new), 0)))

    def _update(self, old: str, new: str) -> dict[str, Any]:
        agent, successor = self.agent(old), self.agent(new)
        return key_update(
            agent.fingerprint, successor.public.der, ["ed25519"], lambda said: keys.sign(successor.private, said)
        )

    def _handover(self, old: str, new: str) -> list[bytes]:
        """What an agent keeps of an offer, for a server that has forgotten it."""
        agent, update = self.agents[old], self._update(old, new)
        signed = handover(
            CODEC, update, agent.fingerprint, agent.clock(), 1, lambda said: keys.sign(agent.private, said)
        )
        return list(signed)

    def _together(self, said: Sequence[tuple[str, Outgoing]]) -> list[str]:
        return [each for each, _ in self._spoken(said)]

    def _spoken(self, said: Sequence[tuple[str, Outgoing]]) -> list[tuple[str, int]]:
        bound = [self.agents[name].bound(package, number) for number, (name, package) in enumerate(said)]
        if not bound:
            return []
        answers = {each.connection: each for each in self.room.handle([self.room.delivery([got for _, got in bound])])}
        spoken = [Spoken(answers[number], heard(session, answers[number])) for number, (session, _) in enumerate(bound)]
        return [(word(each), each.next_number if isinstance(each.event, Answered) else 0) for each in spoken]

    # Operators.

    def order(self, command: Command, **more: Any) -> str:
        return self.room.order(command, **more).outcome

    def issue(self, ticket: str, bound_to: str | None, until_ms: int) -> str:
        bound = self.agents[bound_to].fingerprint if bound_to else b""
        return self.order(IssueInstallTickets([public_half(self._seed(ticket))], until_ms, bound))

    def revoke_ticket(self, ticket: str) -> str:
        return self.order(RevokeInstallTicket(id_of(self._seed(ticket)), "lost"))

    def ticket_named(self, ticket_id: str) -> str:
        """The ticket that decisions call so."""
        return next(name for name, seed in self._seeds.items() if id_of(seed) == ticket_id)

    def _seed(self, ticket: str) -> bytes:
        return self._seeds.setdefault(ticket, hashlib.sha256(ticket.encode()).digest())

    # Backups.

    def backup(self, path: Path) -> None:
        """Copy the log as it is."""
        with sqlite3.connect(self._path) as source, sqlite3.connect(path) as copy:
            source.backup(copy)
        source.close()
        copy.close()

    def restore(self, path: Path) -> None:
        """Put the log back to what it was; the agents go on with what they know."""
        self.room.close()
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        self._path.write_bytes(path.read_bytes())
        self._log = FailingLog(SqliteLog(self._path, self.room.clock))
        self.room.leases = SqliteLeases(self._path, self.room.clock)
        self.restart()

    def close(self) -> None:
        self.room.close()


def id_of(seed: bytes) -> str:
    """The name that decisions call a ticket by."""
    return hashlib.sha256(public_half(seed)).hexdigest()[:16]


def word(spoken: Spoken) -> str:
    """What the agent was told, in one word; `taken` when there was nothing to complain of."""
    if not isinstance(spoken.event, Answered):
        return "unknown_key"
    return str(spoken.content.get("reason") or spoken.content.get("status") or "taken")
