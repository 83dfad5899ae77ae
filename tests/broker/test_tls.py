"""amqps: AMQP begins inside TLS, and only with a broker whose certificate the given authority signed."""

import datetime as dt
import ipaddress
import queue
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from broker.bus import BusUnavailable
from broker.rabbit_frontend import RabbitFrontendBus
from broker.rabbit_worker import RabbitWorkerBus
from tests.broker.reactor_thread import PATIENCE_S, ReactorThread

AMQP_GREETING = b"AMQP\x00\x00\x09\x01"


class TlsServer:
    """Takes connections, notes their first bytes or the failed handshake, closes."""

    def __init__(self, certificate: Path) -> None:
        self.seen: queue.SimpleQueue[bytes | ssl.SSLError] = queue.SimpleQueue()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        # A blocked accept does not notice that its socket was closed; a connection wakes it.
        self.port, port = 0, self.port
        socket.create_connection(("127.0.0.1", port)).close()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            connection, _address = self._listener.accept()
            with connection:
                if not self.port:
                    return
                self._greet(connection)

    def _greet(self, connection: socket.socket) -> None:
        try:
            with self._context.wrap_socket(connection, server_side=True) as secured:
                self.seen.put(secured.recv(100))
        except ssl.SSLError as error:
            self.seen.put(error)
        except OSError:
            return


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_certificate(tmp_path_factory.mktemp("tls") / "broker.pem")


@pytest.fixture
def server(certificate: Path) -> Iterator[TlsServer]:
    with closing(TlsServer(certificate)) as server:
        yield server


def test_a_frontend_speaks_amqp_inside_tls(server: TlsServer, certificate: Path, reactor_thread: ReactorThread) -> None:
    seen = what_a_frontend_does(server, certificate, reactor_thread)

    assert seen == AMQP_GREETING


def test_a_frontend_refuses_a_broker_of_another_authority(
    server: TlsServer, tmp_path: Path, reactor_thread: ReactorThread
) -> None:
    seen = what_a_frontend_does(server, a_certificate(tmp_path / "other.pem"), reactor_thread)

    assert isinstance(seen, ssl.SSLError)


def test_a_worker_speaks_amqp_inside_tls(server: TlsServer, certificate: Path) -> None:
    with pytest.raises(BusUnavailable):
        RabbitWorkerBus(url(server, certificate)).open()

    assert server.seen.get(timeout=PATIENCE_S) == AMQP_GREETING


def test_a_worker_refuses_a_broker_of_another_authority(server: TlsServer, tmp_path: Path) -> None:
    other = a_certificate(tmp_path / "other.pem")

    with pytest.raises(BusUnavailable, match=r"(?i)certificate"):
        RabbitWorkerBus(url(server, other)).open()


def what_a_frontend_does(server: TlsServer, authority: Path, thread: ReactorThread) -> bytes | ssl.SSLError:
    bus = RabbitFrontendBus(thread.reactor, url(server, authority))
    thread.run(bus.start, lambda _reply: None, lambda _pressed: None)
    try:
        return server.seen.get(timeout=PATIENCE_S)
    finally:
        thread.run(bus.stop)


def url(server: TlsServer, authority: Path) -> str:
    return f"amqps://fe1:password@127.0.0.1:{server.port}/vhost?cafile={authority}"


def a_certificate(path: Path) -> Path:
    """A self-signed certificate for 127.0.0.1 and its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    today = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path
