"""One transaction's worth of decisions: what is staged together is committed together or not at all."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from eventsourcing.domain import Aggregate
from eventsourcing.persistence import StoredEvent

from domain.agent import Agent, Status
from domain.agent_handler import AgentHandler
from domain.errors import NothingKnown
from domain.ids import (
    MIGRATION_WINDOW_STREAM,
    REGISTRATION_POLICY_STREAM,
    agent_handler_stream,
    install_ticket_stream,
    operator_token_stream,
    placement_stream,
    registration_stream,
    token_name_stream,
)
from domain.install_ticket import InstallTicket
from domain.migration_window import MigrationWindow
from domain.operator_token import OperatorToken
from domain.orders import ORDER_DECIDED
from domain.placement import Placement
from domain.registration import Registration
from domain.registration_policy import RegistrationPolicy
from domain.token_name import TokenName
from handlers.deployment import Deployment
from handlers.desired_changes import DesiredChanges
from handlers.known_key import KnownKey, LastEntry
from handlers.memory import Memory
from handlers.records import Records
from handlers.trust_seen import TrustSeen
from handlers.wake_list import WakeList
from store.log import Fence, HeldSaid, NewSubject, ResourceKeySeen, SideRow
from store.mapper import DiaryEntry
from store.state import Meta, Place
from wire.held import Held

_A = TypeVar("_A", bound=Aggregate)


class Cause(NamedTuple):
    """Who made an event happen, through which handler, and what caused it. ``who`` None is the agent itself."""

    who: str | None = None
    handler: str | None = None
    cause: bytes | None = None
    agent_time_ms: int | None = None
    subject_id: int | None = None


class Batch:
    """Sees its own staged events: aggregates and keys loaded here are the ones decided on, until commit or abandon."""

    def __init__(
        self,
        deployment: Deployment,
        records: Records,
        memory: Memory,
        not_before_ms: int,
        wakes: WakeList | None = None,
    ) -> None:
        self.deployment = deployment
        self.records = records
        self.memory = memory
        self.now_ms = max(not_before_ms, deployment.now_ms())
        self.trust = TrustSeen()
        self.wakes = wakes or WakeList()
        self._loaded: dict[UUID, Aggregate] = {}
        self._absent: set[UUID] = set()
        self.desired = DesiredChanges(memory.desired, self.placement)
        self._events: list[StoredEvent] = []
        self._side: list[SideRow] = []
        self._held: dict[int, HeldSaid] = {}
        self._orders: dict[bytes, dict[str, Any]] = {}
        self._digests: dict[bytes, set[bytes]] = {}
        self._entries: dict[tuple[bytes, int], DiaryEntry] = {}
        self._touched: set[bytes] = set()
        self._decided: set[bytes] = set()
        self._subjects: list[NewSubject] = []

    @property
    def size(self) -> int:
        """Events staged so far; the index the next one will have among the positions."""
        return len(self._events)

    def key(self, fingerprint: bytes, number_hint: int = 0) -> KnownKey | None:
        """What is known of a key, with what this batch has decided about its agent already."""
        known = self.memory.key(fingerprint, number_hint)
        if known is not None and isinstance(agent := self._loaded.get(known.agent_id), Agent):
            self.touch(known)
            if fingerprint not in agent.fingerprints:
                agent = self.agent_of(fingerprint)
                self.memory.move(known, agent.id)
            known.follow(agent)
        return known

    def agent_of(self, fingerprint: bytes) -> Agent:
        """The agent that a key belongs to, merges so far in this batch included; NothingKnown when there is none."""
        agent = self.agent(self.registration(fingerprint).agent_id)
        while agent.merged_into is not None:
            agent = self.agent(agent.merged_into)
        return agent

    def agent(self, agent_id: UUID) -> Agent:
        """The agent, as decided so far in this batch; NothingKnown when there is none."""
        agent = self.loaded(agent_id, lambda: self.records.agent(agent_id))
        self.trust.note(agent)
        return agent

    def registration(self, fingerprint: bytes) -> Registration:
        """The registration of a key, as decided so far in this batch."""
        return self.loaded(registration_stream(fingerprint), lambda: self.records.registration(fingerprint))

    def policy(self) -> RegistrationPolicy:
        """The registration policy, as decided so far in this batch."""
        return self.loaded(REGISTRATION_POLICY_STREAM, self.records.policy)

    def migration_window(self) -> MigrationWindow | None:
        """The migration window, as decided so far in this batch; None when none was ever opened."""
        return self.perhaps(MIGRATION_WINDOW_STREAM, self.records.migration_window)

    def migration_open(self) -> bool:
        """True while a key that authorises nothing may hand over; judged by the clock as it is."""
        window = self.migration_window()
        return window is not None and window.is_open(self.deployment.now_ms())

    def placement(self, agent_id: UUID) -> Placement | None:
        """Where an agent was put, as decided so far in this batch; None when nobody ever did."""
        return self.perhaps(placement_stream(agent_id), lambda: self.records.placement(agent_id))

    def agent_handler(self, handler: str, started_at_ms: int) -> AgentHandler:
        """A frontend by its broker user; made when nobody had heard of it."""
        found = self.perhaps(agent_handler_stream(handler), lambda: self.records.agent_handler(handler))
        return found or AgentHandler.announce(handler, started_at_ms)

    def loaded(self, stream: UUID, load: Callable[[], _A]) -> _A:
        """The aggregate of a stream: the one of this batch, or what ``load`` reads."""
        found = self._loaded.get(stream)
        if found is None:
            found = self._loaded[stream] = load()
        return found  # type: ignore[return-value]

    def perhaps(self, stream: UUID, load: Callable[[], _A]) -> _A | None:
        """Like ``loaded``; None when there is none, which is asked of the log once a batch."""
        if stream in self._absent:
            return None
        try:
            return self.loaded(stream, load)
        except NothingKnown:
            self._absent.add(stream)
            return None

    def stage(self, aggregate: Aggregate, cause: Cause) -> None:
        """Put the aggregate's new events into this transaction."""
        self._absent.discard(aggregate.id)
        self._loaded[aggregate.id] = aggregate
        meta = self._meta(cause)
        new = aggregate.collect_events()
        self._events += [self.records.mapper.encode(each, meta) for each in new]
        self.desired.note(aggregate, new)
        if isinstance(aggregate, Agent):
            self.trust.note(aggregate)
            for known in filter(None, map(self.memory.held, aggregate.fingerprints)):
                self.touch(known)
                self.memory.move(known, aggregate.id)
                known.follow(aggregate)
                if aggregate.status is not Status.PENDING:
                    self._decided.add(known.fingerprint)

    def stage_facts(self, stream: UUID, version: int, topic: str, facts: dict[str, Any], cause: Cause) -> None:
        """Stage an event that belongs to no aggregate."""
        place = Place(stream, version, topic)
        self._events.append(self.records.mapper.encode_facts(place, self._meta(cause), facts))

    def stage_order(self, stream: UUID, command_id: bytes, facts: dict[str, Any], cause: Cause) -> None:
        """Stage the outcome of an operator's order: version 1 of its own stream, so that a repeat finds it."""
        self._orders[command_id] = facts
        self.stage_facts(stream, 1, ORDER_DECIDED, facts, cause)

    def order_facts(self, command_id: bytes) -> dict[str, Any] | None:
        """What became of an order that was given before, in this batch or recorded; None for a new one."""
        return self._orders.get(command_id) or self.records.order_facts(command_id)

    def token(self, token_id: str) -> OperatorToken:
        """An operator's token, as decided so far in this batch."""
        return self.loaded(operator_token_stream(token_id), lambda: self.records.token(token_id))

    def token_name(self, name: str) -> TokenName | None:
        """A name of operators, as decided so far in this batch; None when no token was given it."""
        return self.perhaps(token_name_stream(name), lambda: self.records.token_name(name))

    def install_ticket(self, ticket_id: str) -> InstallTicket:
        """An install ticket, as decided so far in this batch."""
        return self.loaded(install_ticket_stream(ticket_id), lambda: self.records.install_ticket(ticket_id))

    def write_diary(self, known: KnownKey, entry: LastEntry, kept: DiaryEntry, handler: str) -> None:
        """Stage the diary event of a numbered package and move the key on."""
        self.touch(known)
        meta = self._meta(Cause(handler=handler, subject_id=known.subject_id))
        self._events.append(self.records.mapper.encode_diary(entry.number, known.fingerprint, kept, meta))
        known.written(entry, kept.decision, entry.state_hash[:8])
        self._entries[known.fingerprint, entry.number] = kept

    def entry(self, known: KnownKey, number: int) -> DiaryEntry | None:
        """What stands in a key's diary under a number, written in this batch or recorded; None when it is free."""
        return self._entries.get((known.fingerprint, number)) or self.memory.entry(known, number)

    def held(self, known: KnownKey, lists_hash: bytes, said: Held) -> None:
        """Note what an agent said it holds, for this worker and the next; its package is staged already."""
        known.holds(lists_hash, said)
        self._held[known.subject_id] = HeldSaid(known.subject_id, lists_hash, *said.version)

    def new_subject(self, fingerprint: bytes) -> int:
        """Make the key that seals this registration's personal data; stored with its first event."""
        subject_id = self.memory.new_subject_id()
        row = self.records.mapper.keyring.new(subject_id, fingerprint)
        self._subjects.append(row)
        self._side.append(row)
        return subject_id

    def named(self, digests: set[bytes]) -> set[bytes]:
        """Registrations that named one of these resources, committed or in this batch."""
        found = self.records.log.registrations_with(sorted(digests)) if digests else set()
        for digest in digests:
            found |= self._digests.get(digest, set())
        return found

    def resources_seen(self, digests: list[bytes], fingerprint: bytes) -> None:
        """Note which resources a registration names."""
        for digest in digests:
            self._digests.setdefault(digest, set()).add(fingerprint)
            self._side.append(ResourceKeySeen(digest, fingerprint))

    def touch(self, known: KnownKey) -> None:
        """This batch changes what memory holds of a key: it is forgotten should the commit fail."""
        self._touched.add(known.fingerprint)

    def commit(self, fence: Fence) -> list[int]:
        """Append everything in one transaction under the fence; return the positions.

        Without an event the fence is checked all the same: who lost it must not answer either.
        """
        side = [*self._side, *self.desired.side(), *self._held.values()]
        positions = self.records.log.append(self._events, fence=fence, side=side)
        self.desired.committed()
        for fingerprint in self._decided:
            self.memory.waiting.leave(fingerprint)
        return positions

    def abandon(self) -> None:
        """Forget all that was staged and all it changed in memory."""
        self.desired.abandoned()
        for fingerprint in self._touched:
            self.memory.forget(fingerprint)
        for subject in self._subjects:
            self.memory.forget_introduced(subject.fingerprint)
            self.records.mapper.keyring.forget(subject.subject_id)

    def _meta(self, cause: Cause) -> Meta:
        return Meta(self.deployment.epoch, self.now_ms, *cause)
