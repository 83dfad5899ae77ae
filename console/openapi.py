"""The OpenAPI document: what FastAPI finds out, and the one way in which every route tells a problem."""

import json
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

_PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `code` is for programs and stable, `detail` for people.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
    },
}
_PROBLEM_RESPONSE = {
    "description": "A problem.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def describe(app: FastAPI) -> None:
    """Make the app give our document."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def document_text(app: FastAPI) -> str:
    """The document as docs/openapi.json has it."""
    return json.dumps(app.openapi(), indent=2, sort_keys=True) + "\n"


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, routes=app.routes)
    components = document["components"]
    components["schemas"]["Problem"] = _PROBLEM
    components["responses"] = {"Problem": _PROBLEM_RESPONSE}
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = {"$ref": "#/components/responses/Problem"}
            _add_csv(operation)
    return document


def _add_csv(operation: dict[str, Any]) -> None:
    if any(parameter["name"] == "format" for parameter in operation.get("parameters", ())):
        operation["responses"]["200"]["content"]["text/csv"] = {"schema": {"type": "string"}}
