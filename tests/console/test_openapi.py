"""The committed OpenAPI document is that of the code, and says what clients need."""

import json
from pathlib import Path

from console.openapi import document_text
from tests.console.site import Site

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.json"


def test_the_committed_document_is_that_of_the_code(site: Site) -> None:
    present = document_text(site.app)

    assert COMMITTED.read_text() == present, "renew it: PYTHONPATH=tests/support python -m tests.console.write_openapi"


def test_a_running_server_gives_the_same_document_without_a_token(site: Site) -> None:
    answer = site.client(None).get("/openapi.json")

    assert answer.json() == json.loads(COMMITTED.read_text())


def test_every_operation_explains_itself_and_tells_problems() -> None:
    document = json.loads(COMMITTED.read_text())
    operations = [operation for path in document["paths"].values() for operation in path.values()]

    assert operations
    for operation in operations:
        assert operation["description"]
        assert operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"}


def test_every_field_of_a_row_is_what_the_reports_give(site: Site) -> None:
    schemas = json.loads(COMMITTED.read_text())["components"]["schemas"]
    site.allowed_agent("pc-1")
    client = site.client()
    given = {
        "Registration": client.get("/registrations/pc-1").json(),
        "AgentDetails": client.get("/agents/pc-1").json(),
        "TimelineEntry": client.get("/agents/pc-1/timeline").json()["items"][0],
        "CallIn": client.get("/call-ins").json()["items"][0],
        "Policy": client.get("/registration-policy").json(),
        "Projection": client.get("/projections").json()["items"][0],
        "Token": client.get("/tokens").json()["items"][0],
        "Identity": client.get("/whoami").json(),
    }

    for name, row in given.items():
        assert set(schemas[name]["required"]) == set(schemas[name]["properties"])
        assert set(schemas[name]["required"]) <= set(row)
