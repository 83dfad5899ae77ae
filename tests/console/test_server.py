"""The API on a real socket: where it may listen, TLS, its end."""

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI

from console.cli import main
from console.server import ApiServer, CannotListen, Exposed, Tls
from tests.console.site import Site, secret_of


@pytest.fixture
def certificate(tmp_path: Path) -> Tls:
    """A self-signed certificate of 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "api")])
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = Tls(tmp_path / "api.crt", tmp_path / "api.key")
    files.certificate.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


def test_port_0_takes_a_free_one_and_tells_which(site: Site) -> None:
    server = ApiServer(site.app)
    server.start()
    try:
        answer = httpx.get(f"{server.url}/livez", trust_env=False)
    finally:
        server.stop()

    assert server.port > 0
    assert answer.status_code == 200
    assert "server" not in answer.headers


def test_the_command_line_reaches_a_server_by_its_data_directory(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.agent("pc-1")
    server = ApiServer(site.app)
    server.start()
    (tmp_path / "ports").write_text(f'{{"agent_port": 1, "api_port": {server.port}}}')
    (tmp_path / "admin-token").write_text(secret_of("admin") + "\n")
    try:
        code = main(["registrations", "list", "--data", str(tmp_path)], {})
    finally:
        server.stop()

    assert (code, "pc-1" in capsys.readouterr().out) == (0, True)


def test_after_stop_nobody_listens_and_the_port_is_free(site: Site) -> None:
    first = ApiServer(site.app)
    first.start()
    first.stop()

    second = ApiServer(site.app, port=first.port)
    second.start()
    second.stop()

    assert second.port == first.port
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{first.url}/livez", trust_env=False)


def test_a_request_under_way_is_finished_before_the_end() -> None:
    app, entered, leave = FastAPI(), threading.Event(), threading.Event()

    @app.get("/slow")
    def slow() -> str:
        entered.set()
        leave.wait(5)
        return "done"

    server = ApiServer(app)
    server.start()
    answers: list[httpx.Response] = []
    asking = threading.Thread(target=lambda: answers.append(httpx.get(f"{server.url}/slow", trust_env=False)))
    asking.start()
    assert entered.wait(5)
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    leave.set()
    stopping.join()
    asking.join()

    assert [answer.json() for answer in answers] == ["done"]


def test_a_port_in_use_is_told_with_its_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(CannotListen, match=f"127.0.0.1 port {port}"):
            ApiServer(FastAPI(), port=port).start()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "console.example.test"])
def test_another_address_than_loopback_needs_tls_or_a_proxy(host: str, certificate: Tls) -> None:
    with pytest.raises(Exposed, match="TLS"):
        ApiServer(FastAPI(), host)

    ApiServer(FastAPI(), host, behind_proxy=True)
    ApiServer(FastAPI(), host, tls=certificate)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_needs_neither(host: str) -> None:
    assert ApiServer(FastAPI(), host).url.startswith("http://")


def test_with_tls_files_the_api_speaks_tls(
    site: Site, certificate: Tls, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = ApiServer(site.app, tls=certificate)
    server.start()
    environ = {
        "MUSTER_API": server.url,
        "MUSTER_TOKEN": secret_of("viewer"),
        "MUSTER_API_CA": str(certificate.certificate),
    }
    try:
        trusted = main(["agents", "list"], environ)
        untrusted = main(["agents", "list"], environ | {"MUSTER_API_CA": ssl.get_default_verify_paths().cafile or ""})
    finally:
        server.stop()

    assert server.url.startswith("https://")
    assert (trusted, untrusted) == (0, 6)
    assert "cannot be reached" in capsys.readouterr().err
