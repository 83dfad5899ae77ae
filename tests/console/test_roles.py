"""Every role against every route, as docs/api.md has it."""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from bin.authority import Authority
from domain.desired_orders import CreateGroup, WritePolicy
from domain.install_ticket import ticket_id_of
from domain.operator_token import Role
from domain.orders import IssueInstallTickets
from tests.console.site import Site
from wire.keys import generate_key
from wire.private_keys import private_pem

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"
OPENAPI = DOCUMENT.with_name("openapi.json")
"""What the code says itself; that it does is tested elsewhere."""
PEM = private_pem(generate_key("p256")).decode()
AUTHORITY = Authority.create("ca-1").certificate_pem.decode()
TASK: dict[str, Any] = {"type": "call-in"}
TICKET = bytes(range(32))
METHODS = {"get", "put", "post", "delete", "patch"}


class Row(NamedTuple):
    """One request of the table and the roles that may make it."""

    method: str
    path: str
    roles: frozenset[str]


def _table() -> list[Row]:
    lines = re.findall(r"^\| ([A-Z]+) (/\S+) \| (.*) \|$", DOCUMENT.read_text(), re.MULTILINE)
    return [
        Row(
            method,
            path,
            frozenset(role for role, word in zip(Role, cells.split(" | "), strict=True) if word.strip() == "yes"),
        )
        for method, path, cells in lines
    ]


def _request(client: httpx.Client, row: Row) -> httpx.Response:
    path = row.path.replace("{ref}", "pc-1").replace("{name}", "agents").replace("{token_id}", "token-spare")
    if "{place}" in path:
        first = client.get("/agents/pc-1/timeline").json().get("items", [])[:1]
        path = path.replace("{place}", str(first[0]["position"] if first else 1))
    path = path.replace("{version}", "1")
    bodies: dict[str, Any] = {
        "/tokens": {"name": "new", "role": "viewer"},
        "/registration-policy": {"otherwise": "allow-all"},
    }
    bodies["/registration-policy/dry-run"] = bodies["/registration-policy"]
    bodies |= {
        "/server-keys": {"algorithm": "ed25519"},
        "/server-keys/import": {"pem": PEM},
        "/server-keys/{version}/certificate": {"statement": "00", "signature": "00"},
        "/key-policy": {"minimum": "p256"},
        "/server-list": {"servers": []},
        "/repository-list": {"repositories": []},
        "/authorities": {"certificates": [AUTHORITY]},
        "/authorities/signature": {"statement": "00", "signature": "00"},
    }
    bodies["/registrations/decisions"] = {"decision": "allow", "reason": "test"}
    bodies |= {
        "/groups": {"path": "/Desks"},
        "/agents/moves": {"group": "/"},
        "/groups/rename": {"path": "/Servers", "name": "Servers"},
        "/groups/move": {"path": "/Servers", "into": "/"},
        "/groups/delete": {"path": "/Servers"},
        "/policies/{category}/{name}": {"settings": {"anything": 1}},
        "/policies/{category}/{name}/rollback": {"version": 1},
        "/policy-categories/{category}": {"schema": {}},
        "/assignments": {"category": "vpn", "group": "/", "choices": [{"policy": "agents"}]},
        "/assignments/end": {"category": "vpn", "group": "/"},
        "/groups/delete/plan": {"path": "/Servers"},
        "/assignments/plan": {"category": "vpn", "group": "/", "choices": [{"policy": "agents"}]},
        "/assignments/end/plan": {"category": "vpn", "group": "/"},
        "/agents/move": {"agents": ["pc-1"], "group": "/"},
        "/tasks/{name}": {"settings": {"type": "call-in"}},
        "/tasks/{name}/rollback": {"version": 1},
        "/desired-state": {},
        "/desired-state/plan": {},
        "/sorting-rules": {"rules": []},
        "/sorting-rules/dry-run": {"rules": []},
    }
    path = path.replace("{category}", "vpn")
    group = "?path=/"
    needed = {"/groups/one": group, "/groups/history": group, "/policies/{category}/{name}/diff": "?from=1&to=1"}
    needed["/tasks/{name}/diff"] = "?from=1&to=1"
    path += needed.get(row.path, "")
    path = path.replace("{ticket_id}", ticket_id_of(TICKET))
    bodies["/install-tickets"] = {}
    bodies["/registrations/{ref}/merge"] = {"into": "pc-1", "reason": "test"}
    bodies["/migration-window"] = {"until": "2026-01-01T06:00:00Z", "reason": "test"}
    body = bodies.get(row.path, {"reason": "test"})
    return client.request(
        row.method, path, json=body if row.method in ("POST", "PUT") else None, headers={"If-Match": "*"}
    )


def test_the_table_has_every_route_of_the_api() -> None:
    routes = {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, operations in json.loads(OPENAPI.read_text())["paths"].items()
        for method in METHODS & operations.keys()
        if path.startswith("/api/v1")
    }

    assert {(row.method, row.path) for row in _table()} == routes


@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_do_what_the_table_says_and_nothing_else(site: Site, role: Role) -> None:
    site.agent("pc-1")
    site.add_token("viewer", "spare")
    site.room.order(IssueInstallTickets([TICKET], site.room.clock.now_ms + 60_000))
    for order in (
        CreateGroup("/Servers"),
        WritePolicy("vpn", "agents", {}),
        WritePolicy("task/agents", "agents", TASK),
    ):
        assert site.room.order(order).outcome == "done"
    site.project()
    client = site.client(role)

    answers = {(row.method, row.path): _request(client, row) for row in _table()}

    refused = {request for request, answer in answers.items() if answer.status_code == 403}
    assert refused == {(row.method, row.path) for row in _table() if role not in row.roles}
    # What is permitted may still be illegal from the status it finds: that is another matter.
    rest = {answer.status_code for request, answer in answers.items() if request not in refused}
    assert rest <= {200, 201, 202, 409}


def test_without_a_token_nothing_is_answered(site: Site) -> None:
    for row in _table():
        answer = _request(site.client(None), row)

        assert (answer.status_code, answer.json()["code"]) == (401, "token_missing")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


def test_a_refused_role_gives_no_order(site: Site) -> None:
    site.agent("pc-1")
    client = site.client("viewer")
    client.get("/whoami")  # its use is noted now
    before = len(site.bus.sealed)

    answer = client.post("/registrations/pc-1/allow", headers={"If-Match": "*"})

    assert answer.json()["code"] == "role_missing"
    assert len(site.bus.sealed) == before
