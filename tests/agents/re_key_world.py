"""A real agent with its home on disk and a real worker, joined without a network; either ends where a test says so."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agents.call_in import CallIn
from agents.codec import MsgpackCodec
from agents.events import DiskEvents, new_event
from agents.identity import new_identity, store_identity
from agents.keep import DiskKeep
from agents.key_ring import DiskKeyRing, make_next_key
from agents.machine import Machine
from agents.member import Member
from agents.outcome import Again, Done, Why
from agents.re_key import settle_keys
from broker.messages import PackageReceived
from domain.orders import AllowRegistration
from projections.diary_content import content
from tests.agents.world import CLAIMS, PROPERTIES, Crashed, LostAnswer
from wire import keys
from wire.agent_session import AgentSession, Answered, Outgoing, Told, Violated
from wire.headers import AgentHeader
from wire.packages import encode_unsigned
from wire.server_session import PackageArrived, ServerSession
from wire.trust import ServerTrust
from wire.types import ServerType
from worker_room import CODEC, HANDLER, WorkerRoom

Fault = Callable[[int], str]
"""What befalls the exchange of this number, from 1: "", "request", "answer", "worker", "unknown" (a frontend lies)."""


class ReKeyWorld:
    """``sent`` holds what left the agent under each (fingerprint, number)."""

    def __init__(self, directory: Path, algorithm: str = keys.RSA2048) -> None:
        self.room = WorkerRoom(directory / "server")
        self.home = directory / "home"
        self.home.mkdir()
        store_identity(new_identity(algorithm), self.home)
        self.sent: dict[tuple[bytes, int], set[tuple[int, bytes]]] = {}
        self.machine = Machine(CLAIMS, PROPERTIES)
        self.exchanges = 0
        self.sessions = 0
        self.lies: list[list[bytes]] | None = None
        """Certificates that a frontend puts into a KeyUpdate of its own, in place of every answer."""
        self.fault: Fault = lambda number: ""
        self.offered: list[PackageReceived] = []
        self.restart()

    def restart(self) -> None:
        """A new process of the same agent: nothing but the disk is remembered."""
        codec = MsgpackCodec()
        keep, ring = DiskKeep(self.home, codec), DiskKeyRing(self.home, codec)
        successor = ring.next() if settle_keys(keep, ring) else None
        root = keys.load_public_key(keys.public_der(self.room.keys.root().public_key()))
        trust = ServerTrust(codec, root, keep.state.certificates, keep.state.minimum_version)
        self.events = DiskEvents(self.home, codec)
        self.member = Member(codec, successor or ring.current, keep, self.events, trust, keys=ring)

    def enrol(self) -> None:
        """Registered, allowed, with its properties delivered."""
        self.call_in()
        outcome = self.room.order(AllowRegistration(self.member.identity.fingerprint, "known"))
        assert outcome.outcome == "done"
        self.call_in()

    def happen(self, kind: str) -> None:
        """Queue an event."""
        self.events.add(new_event(kind, {}, self.room.clock.now_ms))

    def re_key(self, algorithm: str = keys.P256) -> None:
        """What `muster agent rekey` writes before it calls in."""
        make_next_key(self.home, algorithm)

    def call_in(self) -> Done:
        """A whole call-in; LostAnswer when the connection broke."""
        self.room.clock.forward(60_000)
        self.sessions = 0
        flow = CallIn(self.member, self.machine, Why.INTERVAL)
        for _ in range(3):
            end = self._session(flow)
            if isinstance(end, Done):
                self.member.keep.save()
                return end
        raise LostAnswer

    def delivered(self) -> list[str]:
        """Kinds of all events in the log, in its order."""
        found = self.room.events("Diary.EventsDelivered")
        return [event["type"] for each in found for event in content(each)["events"]]

    def refusals(self) -> set[str]:
        """Reasons of all refused packages."""
        return {each.facts["reason"] for each in self.room.events("Registration.PackageRefused")}

    def _session(self, flow: CallIn) -> Done | Again:
        self.sessions += 1
        member, room = self.member, self.room
        agent = AgentSession(member.codec, member.trust, member.identity.fingerprint, member.identity.sign, room.clock)
        server = ServerSession(CODEC, os.urandom(16))
        agent.receive(server.welcome(room.clock.now_ms))
        step = flow.start(agent.needs_hello)
        while isinstance(step, Outgoing):
            agent.speak_as(member.identity.fingerprint, member.identity.sign)
            step = self._exchange(flow, agent, server, step)
        assert step is not None
        return step

    def _exchange(self, flow: CallIn, agent: AgentSession, server: ServerSession, package: Outgoing) -> Any:
        self.exchanges += 1
        fault = self.fault(self.exchanges)
        (arrived,) = server.receive(agent.send(package))
        assert isinstance(arrived, PackageArrived)
        sent, header = arrived.package, AgentHeader.unpack(arrived.package.header)
        if header.number:
            body = (header.type, sent.body)
            self.sent.setdefault((header.fingerprint, header.number), set()).add(body)
        if fault == "request":
            raise LostAnswer
        received = PackageReceived(1, server.offered, server.nonce, *sent, "192.0.2.7:5", self.room.clock.now_ms)
        (answer,) = self.room.handle([self.room.delivery([received], HANDLER)])
        if fault == "worker":
            self.room.shift = self.room.new_shift("worker-1")
        if fault == "answer":
            raise LostAnswer
        lie = encode_unsigned(CODEC, ServerType.UNKNOWN_KEY, {}) if fault == "unknown" else b""
        if self.lies is not None:
            lie = encode_unsigned(CODEC, ServerType.KEY_UPDATE, {"certificates": self.lies})
        return _heard(flow, agent, server, lie or answer.package)


@contextmanager
def crash_at(step: int, patch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The process ends before its ``step``-th act on the disk, from 1; yields the acts that were done."""
    done: list[str] = []

    def failing(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def act(*given: Any, **more: Any) -> Any:
            if len(done) + 1 == step:
                raise Crashed
            done.append(name)
            return real(*given, **more)

        return act

    with patch.context() as patched:
        for name in ("fsync", "replace", "link", "unlink"):
            patched.setattr(os, name, failing(name, getattr(os, name)))
        yield done


def _heard(flow: CallIn, agent: AgentSession, server: ServerSession, payload: bytes) -> Any:
    for event in agent.receive(server.answer(payload, accepted=True)):
        if isinstance(event, Violated):
            raise LostAnswer(event.detail)
        if isinstance(event, Answered | Told) and (step := flow.answered(event)) is not None:
            return step
    raise LostAnswer
