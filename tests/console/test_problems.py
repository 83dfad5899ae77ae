"""Every error is a problem document; what surrounds every answer."""

import re
import sqlite3
from pathlib import Path
from typing import Any, NoReturn

import httpx
import pytest

from projections.database import TableGone
from store.log import StoreUnavailable
from tests.console.site import Site

ROOT = Path(__file__).parents[2]


def _is_problem(answer: httpx.Response) -> bool:
    document: dict[str, Any] = answer.json()
    return (
        answer.headers["Content-Type"] == "application/problem+json"
        and document["status"] == answer.status_code
        and document["type"] == f"urn:muster:problem:{document['code']}"
        and bool(document["title"])
        and bool(document["detail"])
    )


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/agents/", 404, "not_found"),
        ("GET", "/docs", 404, "not_found"),
        ("DELETE", "/agents", 405, "method_not_allowed"),
        ("GET", "/agents?limit=0", 422, "invalid_request"),
        ("GET", "/agents/nobody", 404, "not_found"),
        ("POST", "/projections/nothing/rebuild", 404, "not_found"),
    ],
)
def test_every_error_is_a_problem_document(site: Site, method: str, path: str, status: int, code: str) -> None:
    answer = site.client().request(method, path)

    assert _is_problem(answer)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff", b'{"name": 5}', b"[" * 5000])
def test_a_body_that_is_not_what_it_should_be_is_a_problem(site: Site, body: bytes) -> None:
    answer = site.client().post("/tokens", content=body, headers={"Content-Type": "application/json"})

    assert _is_problem(answer)
    assert answer.status_code in (400, 422)


def test_what_was_sent_is_not_repeated_in_a_problem(site: Site) -> None:
    answer = site.client().post("/tokens", json={"name": "a", "role": "s3cret", "s3cret": "s3cret-2"})

    assert answer.json()["errors"]
    assert "s3cret-2" not in answer.text


def test_a_request_that_is_too_large_is_not_read(site: Site) -> None:
    answer = site.client().post("/tokens", content=b"x" * 70_000)

    assert _is_problem(answer)
    assert (answer.status_code, answer.json()["code"]) == (413, "request_too_large")


@pytest.mark.parametrize("error", [StoreUnavailable("down"), TableGone("not built")])
def test_reports_that_cannot_be_read_are_unavailable(
    site: Site, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(**_: object) -> NoReturn:
        raise error

    monkeypatch.setattr(site.reports, "agents", fail)

    answer = site.client().get("/agents")

    assert _is_problem(answer)
    assert (answer.status_code, answer.json()["code"]) == (503, "reports_unavailable")


def test_a_fault_of_the_server_tells_nothing_but_where_to_look(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: object) -> NoReturn:
        raise sqlite3.ProgrammingError("secret inside")

    monkeypatch.setattr(site.reports, "agents", fail)

    answer = site.client().get("/agents", headers={"X-Request-Id": "abc-1"})

    assert _is_problem(answer)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.text
    assert "abc-1" in answer.json()["detail"]
    assert "abc-1" in caplog.text


def test_every_answer_says_that_it_is_not_to_be_kept_or_guessed_at(site: Site) -> None:
    for path in ("/agents", "/nothing", "/openapi.json"):
        headers = site.client().get(path).headers

        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_a_request_id_is_kept_when_it_is_harmless_and_made_when_not(site: Site) -> None:
    def id_for(given: str) -> str:
        return site.client().get("/whoami", headers={"X-Request-Id": given}).headers["X-Request-Id"]

    assert id_for("trace-7") == "trace-7"
    assert re.fullmatch("[0-9a-f]{16}", id_for("a b\tc"))
    assert re.fullmatch("[0-9a-f]{16}", id_for("x" * 65))


def test_the_document_names_every_code_the_api_uses() -> None:
    documented = set(re.findall(r"`(\w+)`", (ROOT / "docs" / "api.md").read_text()))
    used: set[str] = set()
    for file in (ROOT / "console").rglob("*.py"):
        text = file.read_text()
        used |= set(re.findall(r"Problem\(\s*\d{3},\s*\"(\w+)\"", text))
        used |= set(re.findall(r"_unauthorized\(\"(\w+)\"", text))
    errors = (ROOT / "domain" / "errors.py").read_text()
    used |= set(re.findall(r"code = \"(\w+)\"", errors)) - {"refused"}

    assert used <= documented
