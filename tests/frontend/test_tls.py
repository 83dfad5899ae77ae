"""The TLS side over a real loopback socket: versions, ALPN, tickets, a handshake that never comes."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from random import SystemRandom
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from twisted.internet.address import IPv4Address
from twisted.protocols.tls import TLSMemoryBIOProtocol

from broker.in_process import InProcessBroker
from broker.messages import Answer, Answers, Packages, Verdict, decode_command, encode
from frontend.limits import Limits
from frontend.listener import Frontend
from frontend.tls import ServerTls, TlsFactory, UnusableCertificate
from tests.broker.reactor_thread import PATIENCE_S, ReactorThread
from tests.frontend.certificates import certificate_and_key
from tests.frontend.memory_transport import MemoryTransport
from tests.frontend.world import CODEC, HOME, KEY, SIGNED_ANSWER, World, frame
from wire.frames import FrameBuffer

ALPN = "muster/1"


class Loopback:
    """A frontend on a port of its own with a worker that accepts everything."""

    def __init__(self, limits: Limits) -> None:
        self._thread = ReactorThread()
        self.broker = InProcessBroker()
        self._ended = threading.Event()
        bus = self.broker.frontend_bus("north", self._thread.reactor.callFromThread)
        self.tls = ServerTls(*certificate_and_key())
        tls: Any = self.tls
        self.frontend = Frontend(self._thread.reactor, bus, tls, limits, CODEC, clock=lambda: 1, random=SystemRandom())
        self._worker = threading.Thread(target=self._work, daemon=True)
        self._worker.start()
        self.port: int = self._thread.run(self.frontend.start, "127.0.0.1", 0)

    def drain(self) -> Future[None]:
        """What SIGTERM does."""
        return self._thread.begin(self.frontend.drain)

    def stop(self) -> None:
        """End everything."""
        self.drain().result(PATIENCE_S)
        self._ended.set()
        self._worker.join(PATIENCE_S)
        self._thread.stop()

    def connect(self, context: ssl.SSLContext, session: ssl.SSLSession | None = None) -> ssl.SSLSocket:
        """A client after its handshake."""
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)
        try:
            return context.wrap_socket(plain, server_hostname="localhost", session=session)
        except BaseException:
            plain.close()
            raise

    def _work(self) -> None:
        bus = self.broker.worker_bus()
        bus.open()
        while not self._ended.is_set():
            for delivery in bus.take(100, 0.05):
                command = decode_command(delivery.body)
                if isinstance(command, Packages):
                    answers = [
                        Answer(each.connection, Verdict.ACCEPTED, SIGNED_ANSWER, KEY, bytes(16), "pc", 4)
                        for each in command.packages
                    ]
                    bus.reply(delivery.reply_to, encode(Answers(answers)))
                bus.acknowledge([delivery])
        bus.close()


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    running = Loopback(Limits(handshake_s=0.5, handshakes=2, tick_s=0.05))
    yield running
    running.stop()


def client_context(alpn: str | None = ALPN) -> ssl.SSLContext:
    """A client that trusts our certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(cadata=certificate_and_key()[0].decode())
    if alpn:
        context.set_alpn_protocols([alpn])
    return context


def heard(peer: ssl.SSLSocket, count: int) -> list[bytes]:
    """So many frames."""
    frames, got = FrameBuffer(), list[bytes]()
    while len(got) < count:
        data = peer.recv(65536)
        assert data, "the server closed the connection"
        got += frames.receive(data)
    return got


def call_in(loopback: Loopback, context: ssl.SSLContext, session: ssl.SSLSession | None = None) -> ssl.SSLSocket:
    """Welcome, package, answer; the connection stays open."""
    peer = loopback.connect(context, session)
    heard(peer, 1)
    peer.sendall(frame())
    assert heard(peer, 1) == [SIGNED_ANSWER]
    return peer


def test_a_call_in_over_real_tls(loopback: Loopback) -> None:
    with call_in(loopback, client_context()) as peer:
        assert peer.version() == "TLSv1.3"
        assert peer.selected_alpn_protocol() == ALPN


def test_a_later_connection_resumes_the_session_of_an_earlier_one(loopback: Loopback) -> None:
    context = client_context()

    with call_in(loopback, context) as first:
        assert not first.session_reused
        session = first.session

    with call_in(loopback, context, session) as second:
        assert second.session_reused


def test_tls_1_2_is_refused(loopback: Loopback) -> None:
    context = client_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        loopback.connect(context)


@pytest.mark.parametrize("alpn", [None, "h2"])
def test_a_client_without_our_protocol_hears_nothing(loopback: Loopback, alpn: str | None) -> None:
    with loopback.connect(client_context(alpn)) as peer, suppress(OSError):
        assert peer.recv(100) == b""

    assert loopback.frontend.house.counts.closed == {"no_alpn": 1}


def test_a_client_that_never_shakes_hands_is_cut_off(loopback: Loopback) -> None:
    with (
        socket.create_connection(("127.0.0.1", loopback.port), timeout=PATIENCE_S) as silent,
        suppress(ConnectionResetError),
    ):
        assert silent.recv(100) == b""

    assert loopback.frontend.house.counts.closed == {"handshake": 1}


def test_with_too_many_handshakes_a_new_client_waits_in_the_kernel_and_is_served_later(loopback: Loopback) -> None:
    silent = [socket.create_connection(("127.0.0.1", loopback.port), timeout=PATIENCE_S) for _ in range(2)]
    until = time.monotonic() + PATIENCE_S
    while loopback.frontend.readings()["handshakes"] < 2 and time.monotonic() < until:
        time.sleep(0.01)

    with call_in(loopback, client_context()):
        closed = dict(loopback.frontend.house.counts.closed)

    assert closed == {"handshake": 2}
    for peer in silent:
        peer.close()


def test_draining_closes_the_port_and_what_is_open(loopback: Loopback) -> None:
    with call_in(loopback, client_context()) as peer:
        drained = loopback.drain()
        assert peer.recv(100) == b""

    drained.result(PATIENCE_S)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", loopback.port), timeout=PATIENCE_S)


def over_tls(world: World) -> TLSMemoryBIOProtocol | None:
    """A connection to that world's door, in TLS."""
    # zope's interfaces are no types to mypy.
    tls: Any = ServerTls(*certificate_and_key())
    door: Any = world.frontend.door
    clock: Any = world.clock
    address: Any = IPv4Address("TCP", HOME, 40000)
    return TlsFactory(tls, False, door, clock).buildProtocol(address)


def test_a_stalled_handshake_is_aborted_after_ten_seconds() -> None:
    world = World()
    wrapped = over_tls(world)
    assert wrapped is not None
    transport = MemoryTransport(world.clock, wrapped, None)
    wrapped.makeConnection(transport)  # type: ignore[no-untyped-call]

    world.advance(9.5)
    assert world.frontend.readings()["open_connections"] == 1
    world.advance(0.5)

    assert transport.aborted
    assert transport.written == b""
    assert world.frontend.readings()["open_connections"] == 0


def test_a_connection_that_is_not_let_in_is_not_wrapped() -> None:
    world = World(Limits(connections=0))

    assert over_tls(world) is None


def test_only_a_p256_key_and_its_own_certificate_can_be_used() -> None:
    certificate, key = certificate_and_key()
    other_certificate, other_key = certificate_and_key(ec.SECP384R1())

    for pair in ((other_certificate, other_key), (other_certificate, key), (certificate, b"no PEM"), (b"", key)):
        with pytest.raises(UnusableCertificate):
            ServerTls(*pair)
