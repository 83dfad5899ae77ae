"""A frontend with everything around it in memory: a clock, the broker's twin, agents, and the test as the worker."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any

from prometheus_client import CollectorRegistry
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock

from broker.bus import Delivery
from broker.in_process import InProcessBroker
from broker.messages import (
    Answer,
    Answers,
    Command,
    Cut,
    FrontendAnnounced,
    PackageReceived,
    Packages,
    Verdict,
    WakeHints,
    decode_command,
    encode,
)
from broker.topology import QueueLimits
from frontend.connection import AgentConnection
from frontend.limits import Limits
from frontend.line_stream import LineStream
from frontend.listener import Frontend
from frontend.tls import ALPN
from tests.frontend.memory_transport import MemoryTransport
from wire.frames import FRAME_LIMIT, FrameBuffer, to_frame
from wire.headers import AgentHeader
from wire.msgspec_codec import MsgspecCodec
from wire.packages import AgentPackage, UnsignedPackage, decode_server_package, encode_agent_package
from wire.types import AgentType

CODEC = MsgspecCodec()
HOME = "198.51.100.7"
ELSEWHERE = "203.0.113.9"
KEY = bytes(range(32))
AGENT_ID = bytes.fromhex("00112233445566778899aabbccddeeff")
EPOCH_MS = 1_700_000_000_000
SIGNED_ANSWER = CODEC.encode([bytes(28), b"\x80", bytes(64)])


def package(body: bytes = b"\x80", key: bytes = KEY, kind: int = AgentType.PROPS_VERSION) -> AgentPackage:
    """A well-formed package; the frontend does not look at its signature."""
    header = AgentHeader(kind, 0, 1, 1, key, 7, EPOCH_MS, 1, bytes(16)).pack()
    return AgentPackage(header, body, b"s" * 64)


def frame(sent: AgentPackage | None = None) -> bytes:
    """Its bytes on the wire."""
    return to_frame(encode_agent_package(CODEC, sent or package()))


class Peer:
    """An agent's end of one connection."""

    def __init__(self, connection: AgentConnection, transport: MemoryTransport) -> None:
        self.connection = connection
        self.transport = transport
        self._frames = FrameBuffer(FRAME_LIMIT)
        self._read = 0

    def shake_hands(self) -> None:
        """TLS is done."""
        self.connection.handshakeCompleted()

    def send(self, data: bytes | None = None) -> None:
        """These bytes arrive; by default a package."""
        self.connection.dataReceived(frame() if data is None else data)

    def leave(self) -> None:
        """The agent closes."""
        self.transport.lose(ConnectionDone())

    def heard(self) -> list[bytes]:
        """Frame payloads since the last time."""
        fresh = bytes(self.transport.written[self._read :])
        self._read += len(fresh)
        return list(self._frames.receive(fresh))

    def heard_unsigned(self) -> list[tuple[str, Mapping[str, Any]]]:
        """The unsigned packages since the last time, by name."""
        read = [decode_server_package(CODEC, payload) for payload in self.heard()]
        return [(each.type.name, each.content) for each in read if isinstance(each, UnsignedPackage)]

    @property
    def open(self) -> bool:
        return not (self.transport.closed or self.transport.aborted or self.transport.lost)


class World:
    """Time stands still unless `advance` is called."""

    def __init__(
        self, limits: Limits | None = None, queue: QueueLimits | None = None, lines: LineStream | None = None
    ) -> None:
        self.clock = Clock()
        self.broker = InProcessBroker(queue)
        self.registry = CollectorRegistry()
        self.bus = self.broker.frontend_bus("north", lambda call: call())
        # Every package is a message of its own: tests of one connection need not wait for the next parcel.
        self.limits = replace(limits or Limits(), parcels_apart_s=0)
        self.frontend = Frontend(
            self.clock,
            self.bus,
            tls_options=None,  # type: ignore[arg-type]  # no port is opened
            limits=self.limits,
            codec=CODEC,
            clock=lambda: EPOCH_MS + int(self.clock.seconds() * 1000),
            random=Random(1),
            registry=self.registry,
            lines=lines,
        )
        self.worker = self.broker.worker_bus()
        self.worker.open()
        self._deliveries: list[Delivery] = []
        self.reply_to = ""
        self.frontend.begin()

    def arrive(self, host: str = HOME, alpn: bytes | None = ALPN) -> Peer | None:
        """A TCP connection from there, or None when it was closed at once."""
        address: Any = IPv4Address("TCP", host, 40000)
        connection = self.frontend.door.buildProtocol(address)
        if connection is None:
            return None
        transport = MemoryTransport(self.clock, connection, alpn)
        connection.makeConnection(transport)  # type: ignore[no-untyped-call]
        return Peer(connection, transport)

    def connect(self, host: str = HOME) -> Peer:
        """An agent that has heard Welcome."""
        peer = self.arrive(host)
        assert peer is not None
        peer.shake_hands()
        assert [name for name, _ in peer.heard_unsigned()] == ["WELCOME"]
        return peer

    def accepted(self, host: str = HOME, key: bytes = KEY) -> Peer:
        """An agent whose package the worker accepted."""
        peer = self.connect(host)
        peer.send(frame(package(key=key)))
        self.answer(self.taken()[0])
        assert peer.heard() == [SIGNED_ANSWER]
        return peer

    def advance(self, seconds: float) -> None:
        """Time goes on, in the frontend's own steps."""
        for _ in range(round(seconds / self.limits.tick_s)):
            self.clock.advance(self.limits.tick_s)

    def commands(self) -> list[Command]:
        """What the worker finds in its queue."""
        taken = self.worker.take(1000, 0)
        self.worker.acknowledge(taken)
        if taken:
            self.reply_to = taken[-1].reply_to
        return [decode_command(delivery.body) for delivery in taken]

    def taken(self) -> list[PackageReceived]:
        """The packages in it."""
        return [each for command in self.commands() if isinstance(command, Packages) for each in command.packages]

    def announced(self) -> list[FrontendAnnounced]:
        """The announcements in it."""
        return [command for command in self.commands() if isinstance(command, FrontendAnnounced)]

    def answer(
        self,
        to: PackageReceived,
        verdict: Verdict = Verdict.ACCEPTED,
        sent: bytes = SIGNED_ANSWER,
        name: str = "pc1",
        why: str = "",
    ) -> None:
        """The worker answers a package."""
        known = verdict in (Verdict.ACCEPTED, Verdict.REFUSED)
        header = AgentHeader.unpack(to.header)
        fingerprint = header.fingerprint if known else b""
        shown = name if verdict is Verdict.ACCEPTED else ""
        answer = Answer(to.connection, verdict, sent, fingerprint, AGENT_ID, shown, header.type, why)
        self.worker.reply(self.bus.reply_queue, encode(Answers([answer])))

    def hint(self, key: bytes = KEY) -> None:
        """The worker has something for an agent."""
        self.worker.reply(self.bus.reply_queue, encode(WakeHints([key])))

    def cut(self, *keys: bytes) -> None:
        """The trust in these keys is withdrawn."""
        self.worker.reply(self.bus.reply_queue, encode(Cut(list(keys))))
