"""A log filled as the worker fills it, without keys or signatures: what projections and reports are tested with."""

import hashlib
from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

from domain import diary, service
from domain.agent import Agent
from domain.agent_handler import AgentHandler
from domain.diary import Decision
from domain.ids import order_stream, registration_stream, service_stream
from domain.merging import merge_into, separate_from
from domain.operator_token import OperatorToken, Role
from domain.orders import ORDER_DECIDED, RebuildProjection
from domain.registration import Registration
from domain.registration_policy import Otherwise, RegistrationPolicy, Terms
from store.keyring import Keyring
from store.leases import Leases
from store.log import EventLog, SideRow
from store.mapper import DiaryEntry, EventMapper
from store.state import Meta, Place
from store.vault import Vault
from wire.headers import AgentHeader
from wire.msgspec_codec import MsgspecCodec
from wire.packages import encode_body
from wire.types import AgentType

START_MS = 1_800_000_000_000
EVIDENCE = {"header": b"h" * 76, "nonce": b"n" * 16, "signature": b"s" * 64, "body": b""}
_CODEC = MsgspecCodec()


class Clock:
    """Time that passes only when told to, or by a tick at each event."""

    def __init__(self) -> None:
        self.now_ms = START_MS

    def __call__(self) -> int:
        return self.now_ms

    def tick(self, ms: int = 1) -> int:
        """Let time pass."""
        self.now_ms += ms
        return self.now_ms


class Random:
    """Bytes that never repeat and are the same in every run."""

    def __init__(self, seed: int = 0) -> None:
        self._seed, self._drawn = seed, 0

    def __call__(self, size: int) -> bytes:
        self._drawn += 1
        return hashlib.shake_128(f"{self._seed}/{self._drawn}".encode()).digest(size)


class Machine(NamedTuple):
    """A key that asked for registration."""

    name: str
    fingerprint: bytes
    agent_id: UUID
    subject_id: int

    @property
    def registration_id(self) -> str:
        """As reports show it."""
        return self.fingerprint.hex()


class FleetLog:
    """Appends what happens to a fleet; every verb is one transaction unless `together` collects them."""

    def __init__(self, log: EventLog, leases: Leases, clock: Clock, seed: int = 0) -> None:
        self.log, self.clock = log, clock
        self.random = Random(seed)
        self._served = 0
        self.keyring = Keyring(Vault(b"w" * 32, self.random), log.subject)
        self.mapper = EventMapper(self.keyring)
        fence = leases.acquire("worker", "test")
        assert fence is not None
        self._fence = fence
        self._agents: dict[UUID, Agent] = {}
        self._registrations: dict[bytes, Registration] = {}
        self._numbers: dict[bytes, int] = {}
        self._subjects = 0
        self._collected: list[Any] | None = None
        self._side: list[SideRow] = []

    def together(self, act: Callable[[], None]) -> list[int]:
        """Everything that `act` does in one transaction; returns the positions."""
        self._collected = []
        try:
            act()
            events, side = self._collected, self._side
        finally:
            self._collected, self._side = None, []
        return self.log.append(events, fence=self._fence, side=side)

    def register(self, name: str = "pc", **claims: Any) -> Machine:
        """A key asks for the first time and is Pending."""
        self._subjects += 1
        fingerprint = self.random(32)
        machine = Machine(name, fingerprint, UUID(bytes=self.random(16), version=4), self._subjects)
        self._side.append(self.keyring.new(machine.subject_id, fingerprint))
        registration = Registration.request(
            fingerprint=fingerprint,
            public_key=b"spki",
            algorithm="ecdsa-p256",
            algorithms=["ecdsa-p256"],
            agent_id=machine.agent_id.bytes,
            at_ms=self.clock.now_ms,
            claims=_claims(name, claims),
            address="192.0.2.1",
            evidence=EVIDENCE,
        )
        agent = Agent.introduce(machine.agent_id, fingerprint)
        self._registrations[fingerprint], self._agents[agent.id] = registration, agent
        self._append(
            *self._events(registration, self._by_agent(machine)), *self._events(agent, self._meta(handler="frontend"))
        )
        return machine

    def offer_key(self, old: Machine) -> Machine:
        """The machine's key names its successor."""
        self._subjects += 1
        new = old._replace(fingerprint=self.random(32), subject_id=self._subjects)
        self._side.append(self.keyring.new(new.subject_id, new.fingerprint))
        registration = Registration.request(
            fingerprint=new.fingerprint,
            public_key=b"spki",
            algorithm="ed25519",
            algorithms=["ed25519"],
            agent_id=old.agent_id.bytes,
            at_ms=self.clock.now_ms,
            claims=_claims(old.name, {}),
            address="192.0.2.1",
            evidence=EVIDENCE,
            replaces=old.fingerprint,
        )
        self._registrations[new.fingerprint] = registration
        agent = self._agents[old.agent_id]
        agent.offer_key(old.fingerprint, new.fingerprint, self.clock.now_ms)
        self._append(*self._events(registration, self._by_agent(new)), *self._events(agent, self._by_agent(old)))
        return new

    def use_key(self, new: Machine) -> None:
        """The successor is used for an accepted package."""
        self.call_in(new)
        agent = self._agents[new.agent_id]
        agent.key_used(new.fingerprint)
        self._append(*self._events(agent, self._by_agent(new)))

    def ask_again(self, machine: Machine, name: str | None = None, **claims: Any) -> None:
        """The key asks again, saying something else or an hour later."""
        self.clock.tick(3_600_000)
        registration = self._registrations[machine.fingerprint]
        registration.repeat(_claims(name or machine.name, claims), self.clock.now_ms, "192.0.2.2", EVIDENCE)
        agent = self._agents[machine.agent_id]
        agent.asked_again()
        self._append(*self._events(registration, self._by_agent(machine)), *self._events(agent, self._meta()))

    def refuse(self, machine: Machine, reason: str = "pending") -> None:
        """A package of the key is refused."""
        registration = self._registrations[machine.fingerprint]
        registration.refuse(reason, 1, AgentType.PROPS_VERSION, self.clock.now_ms, "192.0.2.1", EVIDENCE)
        self._append(*self._events(registration, self._by_agent(machine)))

    def allow(self, machine: Machine, reason: str = "known", by: str = "operator:ann") -> None:
        """An operator lets the machine in."""
        self._decide(machine, by, lambda agent: agent.allow(reason))

    def block(self, machine: Machine, reason: str = "unknown", by: str = "operator:ann") -> None:
        """An operator keeps the machine out."""
        self._decide(machine, by, lambda agent: agent.block(reason))

    def revoke(self, machine: Machine, reason: str = "lost", by: str = "operator:ann") -> None:
        """An operator withdraws the trust."""
        self._decide(machine, by, lambda agent: agent.revoke(reason))

    def merge(self, machine: Machine, into: Machine) -> None:
        """An operator finds that two entries are one machine."""
        agent, resource = self._agents[machine.agent_id], self._agents[into.agent_id]
        merge_into(agent, resource, {machine.fingerprint: machine.subject_id}, "the same machine")
        self._append(*(each for one in (agent, resource) for each in self._events(one, self._meta(who="operator:ann"))))

    def split(self, machine: Machine, out_of: Machine) -> None:
        """An operator finds that they were two all the same."""
        agent, resource = self._agents[machine.agent_id], self._agents[out_of.agent_id]
        separate_from(agent, resource, {machine.fingerprint: machine.subject_id}, "two machines")
        self._append(*(each for one in (resource, agent) for each in self._events(one, self._meta(who="operator:ann"))))

    def call_in(
        self, machine: Machine, why: str = "interval", decision: Decision = Decision.ACCEPTED, skew_ms: int = 0
    ) -> None:
        """An idle call-in."""
        self.package(machine, AgentType.PROPS_VERSION, diary.CALLED_IN, {"why": why}, decision, skew_ms)

    def full_properties(self, machine: Machine, properties: dict[str, Any], why: str = "start") -> None:
        """All properties."""
        content = {"why": why, "properties": properties}
        self.package(machine, AgentType.FULL_PROPS, diary.PROPERTIES_REPORTED, content)

    def property_changes(
        self,
        machine: Machine,
        changed: dict[str, Any],
        gone: tuple[str, ...] = (),
        decision: Decision = Decision.ACCEPTED,
    ) -> None:
        """A delta."""
        content = {"why": "interval", "base": bytes(8), "set": changed, "gone": list(gone)}
        self.package(machine, AgentType.INC_PROPS, diary.PROPERTIES_REPORTED, content, decision)

    def deliver(self, machine: Machine, events: list[dict[str, Any]]) -> None:
        """Events the agent kept."""
        self.package(machine, AgentType.EVENT_UPLOAD, diary.EVENTS_DELIVERED, {"events": events})

    def package(
        self,
        machine: Machine,
        kind: int,
        topic: str,
        content: dict[str, Any] | bytes,
        decision: Decision = Decision.ACCEPTED,
        skew_ms: int = 0,
    ) -> None:
        """Any numbered package; `content` may be bytes that are no content."""
        number = self._numbers[machine.fingerprint] = self._numbers.get(machine.fingerprint, 0) + 1
        flags, body = (0, content) if isinstance(content, bytes) else encode_body(_CODEC, content)
        agent_time_ms = self.clock.tick() + skew_ms
        header = AgentHeader(kind, flags, 1, 1, machine.fingerprint, number, agent_time_ms, 1, bytes(16)).pack()
        entry = DiaryEntry(topic, decision, header, bytes(16), bytes(64), body, "192.0.2.7")
        meta = self._meta(handler="frontend", subject_id=machine.subject_id)
        self._append(self.mapper.encode_diary(number, machine.fingerprint, entry, meta))

    def skip_to(self, machine: Machine, number: int) -> None:
        """Let the machine's next package have this number."""
        self._numbers[machine.fingerprint] = number - 1

    def mapper_after_erasure(self) -> EventMapper:
        """A mapper for which every subject key was erased."""
        return EventMapper(Keyring(self.keyring.vault, lambda _: None))

    def adopt_policy(self) -> None:
        """The first policy of a deployment."""
        self._policy = RegistrationPolicy.adopt(Otherwise.PENDING)
        self._append(*self._events(self._policy, self._meta(who="setup")))

    def replace_policy(self, otherwise: Otherwise) -> None:
        """Another policy."""
        self._policy.replace(Terms(otherwise))
        self._append(*self._events(self._policy, self._meta(who="operator:ann")))

    def issue_token(self, token_id: str, token_hash: bytes, role: Role = Role.VIEWER) -> OperatorToken:
        """A token."""
        token = OperatorToken.issue(token_id, token_hash, f"token {token_id}", role, None)
        self.append_of(token)
        return token

    def announce(self, handler: str) -> AgentHandler:
        """An agent handler starts for the first time."""
        frontend = AgentHandler.announce(handler, self.clock.now_ms)
        self.append_of(frontend)
        return frontend

    def say_rhythm(self, machine: Machine, interval_s: int, mode: str = "pull") -> None:
        """A call-in in which the agent says how often it does."""
        content = {"rhythm": {"interval_s": interval_s, "mode": mode}}
        self.package(machine, AgentType.PROPS_VERSION, diary.CALLED_IN, content)

    def serve(self, down_from_ms: int | None = None) -> None:
        """The worker records that agents can be served, or that they can again."""
        self._served += 1
        topic, facts = service.CONTINUED, {}
        if down_from_ms is not None:
            topic, facts = service.RESUMED, {"down_from_ms": down_from_ms}
        place = Place(service_stream(1), self._served, topic)
        self._append(self.mapper.encode_facts(place, self._meta(who="maintenance"), facts))

    def order_rebuild(self, projection: str, outcome: str = "done") -> None:
        """An operator orders a projection to be built anew."""
        command_id = self.random(16)
        facts = {
            "command_id": command_id,
            "command": RebuildProjection.__name__,
            "operator": "ann",
            "outcome": outcome,
            "detail": "",
            "target": projection,
        }
        place = Place(order_stream(command_id), 1, ORDER_DECIDED)
        self._append(self.mapper.encode_facts(place, self._meta(who="operator:ann"), facts))

    def damaged(self, machine: Machine, topic: str = Registration.PackageRefused.TOPIC) -> None:
        """An event of the machine's registration whose bytes are no state."""
        registration = self._registrations[machine.fingerprint]
        registration.refuse(f"reason {self.clock.tick()}", 1, 4, self.clock.now_ms, "", EVIDENCE)
        [stored] = self._events(registration, self._by_agent(machine))
        self._append(type(stored)(registration_stream(machine.fingerprint), stored.originator_version, topic, b"\x91"))

    def append_of(self, aggregate: Any) -> None:
        """The new events of an aggregate."""
        self._append(*self._events(aggregate, self._meta(who="operator:ann")))

    def _decide(self, machine: Machine, by: str, decide: Callable[[Agent], object]) -> None:
        agent = self._agents[machine.agent_id]
        decide(agent)
        self._append(*self._events(agent, self._meta(who=by, cause=b"c" * 16)))

    def _events(self, aggregate: Any, meta: Meta) -> list[Any]:
        return [self.mapper.encode(event, meta) for event in aggregate.collect_events()]

    def _by_agent(self, machine: Machine) -> Meta:
        return self._meta(handler="frontend", subject_id=machine.subject_id, agent_time_ms=self.clock.now_ms)

    def _meta(self, **more: Any) -> Meta:
        return Meta(1, self.clock.tick(), **more)

    def _append(self, *events: Any) -> None:
        if self._collected is not None:
            self._collected += events
            return
        side, self._side = self._side, []
        self.log.append(events, fence=self._fence, side=side)


def _claims(name: str, more: dict[str, Any]) -> dict[str, Any]:
    claims = {"name": name, "domain": "example.org", "os": "Debian 12", "user": "root", "addresses": ["192.0.2.1"]}
    return claims | {"resource_keys": {"machine": name}} | more
