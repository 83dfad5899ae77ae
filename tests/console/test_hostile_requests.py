"""Requests of people who try things."""

import json
import socket

import pytest

from console.server import ApiServer
from tests.console.site import Site, secret_of


@pytest.mark.parametrize(
    "ref", ["%00", "%ff", "%c3%28", "..%2f..%2fetc", "%2e%2e", "a" * 5000, "'%20OR%201=1--", "%f0%9f%98%80", "%20"]
)
@pytest.mark.parametrize("path", ["/agents/{}", "/registrations/{}", "/agents/{}/timeline"])
def test_a_reference_may_be_anything_and_finds_nothing(site: Site, path: str, ref: str) -> None:
    assert site.client().get(path.format(ref)).status_code == 404


@pytest.mark.parametrize("text", ["%", "_", "!", "'", "a" * 1000, "\U0001f600"])
def test_a_filter_may_be_anything_and_finds_nothing(site: Site, text: str) -> None:
    site.agent("pc-1")

    for name in ("name", "query"):
        answer = site.client().get("/registrations", params={name: text})

        assert (answer.status_code, answer.json()["items"]) == (200, [])


@pytest.mark.parametrize(
    "head",
    [
        b"GET /api/v1/agents/\xff HTTP/1.1\r\nHost: x\r\n",
        b"GET /api/v1/agents/%00 HTTP/1.1\r\nHost: x\r\n",
        b"GET http://elsewhere/api/v1/agents/x HTTP/1.1\r\nHost: x\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\n",
        b"BREW /api/v1/agents HTTP/1.1\r\nHost: x\r\n",
        b"GET /api/v1/agents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\r\n",
    ],
)
def test_a_strange_request_fails_without_a_fault(site: Site, head: bytes, caplog: pytest.LogCaptureFixture) -> None:
    server = ApiServer(site.app)
    server.start()
    try:
        with socket.create_connection(("127.0.0.1", server.port), 60) as connection:
            token = b"" if b"Authorization" in head else f"Authorization: Bearer {secret_of('viewer')}\r\n".encode()
            connection.sendall(head + token + b"Connection: close\r\n\r\n")
            answer = b"".join(iter(lambda: connection.recv(4096), b""))
    finally:
        server.stop()

    assert answer.split(b" ")[1][:1] == b"4"
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("strange", ["\ud800", 2**70, -(2**70), [{"a": "\ud800"}]], ids=range(4))
@pytest.mark.parametrize(
    ("method", "path", "field"),
    [
        ("PUT", "/policies/vpn/home", "settings"),
        ("PUT", "/tasks/hello", "settings"),
        ("PUT", "/policy-categories/vpn", "schema"),
    ],
)
def test_what_no_order_can_say_is_refused(site: Site, method: str, path: str, field: str, strange: object) -> None:
    body = json.dumps({field: {"a": strange}})

    answer = site.client("admin").request(method, path, content=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (422, "malformed_order")


@pytest.mark.parametrize("version", [2**31, 2**63, 2**70])
@pytest.mark.parametrize("path", ["/policies/file/motd?version={}", "/policies/file/motd/diff?from=1&to={}"])
def test_a_version_that_nothing_has_is_refused(site: Site, path: str, version: int) -> None:
    assert site.client().get(path.format(version)).status_code == 422
