"""One agent and one tiny server joined without a network: every package is really encoded, signed and checked."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agents.authorities import Authorities
from agents.call_in import CallIn
from agents.codec import MsgpackCodec
from agents.events import DiskEvents, QueuedEvent, new_event
from agents.holdings import Holdings
from agents.identity import Identity, new_identity
from agents.keep import DiskKeep
from agents.machine import Claims, Machine
from agents.member import Entrusted, Member
from agents.outcome import Again, Done, Why
from agents.shelf import DiskShelf
from tests.agents.tiny_server import NOON_MS, TinyServer
from wire.agent_session import AgentSession, Answered, Event, Outgoing, Told, Violated
from wire.server_session import PackageArrived, ServerSession
from wire.trust import ServerTrust

CLAIMS = Claims("box", "example.org", "Debian GNU/Linux 12", "ann", ["192.0.2.7"], {"machine_uuid": "u-1"})
PROPERTIES: dict[str, Any] = {
    "os": {"name": "Debian", "version": "12"},
    "cpu": {"cores": 2},
    "about": {"contract": "C-1", "room": "B 12", "owner": "Accounting"},
}

Tamper = Callable[[bytes], bytes]


class LostAnswer(Exception):
    """The server had the package; its answer never came."""


class Crashed(Exception):
    """The agent's process ended here."""


class World:
    """An agent with its home on disk, and its server. ``restart`` forgets all that is not on disk."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.server = TinyServer()
        self.identity: Identity = new_identity("p256")
        self.properties = dict(PROPERTIES)
        self.agent_clock_ms = NOON_MS
        self.losing: list[bool] = []  # one entry per answer to come: True loses it
        self.tamper: Tamper | None = None
        self.crash_before_sending = False
        self.busy_for: object = None
        self.entrusted: list[Entrusted] = []
        self.restart()

    def restart(self) -> None:
        """A new process of the same agent."""
        codec = MsgpackCodec()
        keep = DiskKeep(self.home, codec)
        self.events = DiskEvents(self.home, codec)
        trust = ServerTrust(codec, self.server.root_key, keep.state.certificates, keep.state.minimum_version)
        holdings = Holdings(codec, DiskShelf(self.home), self.identity.salt)
        self.member = Member(
            codec,
            self.identity,
            keep,
            self.events,
            trust,
            entrusted=self.entrusted,
            holdings=holdings,
            authorities=Authorities(codec, self.server.root_key, [], self.home / "authorities"),
        )

    def add_event(self, kind: str, **data: Any) -> QueuedEvent:
        """Queue an event."""
        event = new_event(kind, data, self.agent_clock_ms)
        self.events.add(event)
        return event

    def flow(self, why: Why = Why.INTERVAL, *, full: bool = False) -> CallIn:
        """A call-in not yet begun."""
        return CallIn(self.member, Machine(CLAIMS, self.properties), why, full=full)

    def call_in(self, why: Why = Why.INTERVAL, *, full: bool = False) -> Done:
        """A whole call-in; stored as the agent stores it at its end."""
        done = self.converse(self.flow(why, full=full))
        self.member.keep.save()
        return done

    def converse(self, flow: CallIn) -> Done:
        """Sessions until ``flow`` is done; raise LostAnswer when an answer is lost."""
        for _ in range(3):
            end = self._session(flow)
            if isinstance(end, Done):
                return end
        raise AssertionError("the flow connects again and again")

    def _session(self, flow: CallIn) -> Done | Again:
        codec = self.member.codec
        agent = AgentSession(
            codec, self.member.trust, self.identity.fingerprint, self.identity.sign, lambda: self.agent_clock_ms
        )
        server = ServerSession(self.server.codec, secrets.token_bytes(16))
        agent.receive(server.welcome(self.server.now_ms))
        step = flow.start(agent.needs_hello)
        while isinstance(step, Outgoing):
            step = self._exchange(flow, agent, server, step)
        assert step is not None
        return step

    def _exchange(self, flow: CallIn, agent: AgentSession, server: ServerSession, package: Outgoing) -> Any:
        if self.crash_before_sending:
            raise Crashed
        agent.speak_as(self.member.identity.fingerprint, self.member.identity.sign)
        (arrived,) = server.receive(agent.send(package))
        assert isinstance(arrived, PackageArrived), arrived
        payload, accepted = self.server.answer(server.nonce, arrived.package)
        if self.losing and self.losing.pop(0):
            raise LostAnswer
        data = server.answer(payload, accepted=accepted)
        return self._heard(flow, agent.receive(self.tamper(data) if self.tamper else data))

    def _heard(self, flow: CallIn, events: list[Event]) -> Any:
        for event in events:
            if isinstance(event, Violated):
                raise LostAnswer(event.detail)
            if isinstance(event, Answered | Told) and (step := flow.answered(event)) is not None:
                return step
        raise LostAnswer
