"""Every error of the API as application/problem+json (RFC 9457), each with a machine-readable code."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from broker.bus import BusUnavailable
from broker.seal import ForgedMessage
from console.ascii_json import ascii_json
from console.moment import EXAMPLE
from console.orders import OutcomeUnknown
from projections.database import TableGone
from projections.reports import Ambiguous, BadCursor, NoEvidence, NotFound
from store.log import StoreUnavailable

_NO_ROUTE = (404, "Not Found")
"""What the router says of a path that it does not have."""
_CODE_OF = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "request_too_large"}


class Problem(Exception):
    """The request cannot be served; `code` says why to a program, `detail` to a person."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers
        self.more = more


def _title(status: int) -> str:
    # The standard library renamed 413 and 422 in Python 3.13; the API does not follow its host.
    return {413: "Content Too Large", 422: "Unprocessable Content"}.get(status) or HTTPStatus(status).phrase


def answer(problem: Problem) -> Response:
    """The response that tells a problem."""
    document = {
        "type": f"urn:muster:problem:{problem.code}",
        "title": _title(problem.status),
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        **problem.more,
    }
    return Response(
        ascii_json(document),
        status_code=problem.status,
        headers=problem.headers,
        media_type="application/problem+json",
    )


def _not_found(error: Exception) -> Problem:
    return Problem(404, "not_found", str(error))


def _ambiguous(error: Exception) -> Problem:
    candidates = error.candidates if isinstance(error, Ambiguous) else []
    return Problem(409, "ambiguous", "Several have that name: use an id instead.", candidates=list(candidates))


def _no_evidence(_: Exception) -> Problem:
    return Problem(409, "no_evidence", "This event has no package behind it: nobody signed it.")


def _bad_cursor(_: Exception) -> Problem:
    return Problem(422, "bad_cursor", "This cursor is not one of ours: begin the list anew.")


def _bus_unavailable(_: Exception) -> Problem:
    detail = "The broker cannot be reached: the order was not given, nothing changed."
    return Problem(503, "bus_unavailable", detail, {"Retry-After": "5"})


def _reports_unavailable(_: Exception) -> Problem:
    detail = "The reports cannot be read now: their database is down, or no projector ever ran."
    return Problem(503, "reports_unavailable", detail, {"Retry-After": "5"})


def _outcome_unknown(error: Exception) -> Problem:
    key = error.idempotency_key if isinstance(error, OutcomeUnknown) else ""
    detail = (
        "The worker did not answer in time; whether the order was carried out is unknown. To learn it, send the same "
        f"request again with the header Idempotency-Key: {key}"
    )
    return Problem(504, "outcome_unknown", detail, {"Retry-After": "5"}, idempotency_key=key)


def _forged(_: Exception) -> Problem:
    detail = (
        "The reply to the order was not written by the worker: somebody on the bus forges messages. Whether the order "
        "was carried out is unknown; look at the entry, and at who can reach the broker."
    )
    return Problem(502, "forged_reply", detail)


def _http(error: Exception) -> Problem:
    if not isinstance(error, HTTPException):
        raise error
    code = _CODE_OF.get(error.status_code, f"http_{error.status_code}")
    return Problem(error.status_code, code, str(error.detail), dict(error.headers or {}))


def _invalid(error: Exception) -> Problem:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    # What was sent is not repeated: it may be a secret in the wrong place.
    errors = [{"where": ".".join(str(part) for part in one["loc"]), "message": _fault(one)} for one in found]
    detail = "; ".join(f"{one['where']}: {one['message']}" for one in errors) or "The request is not valid."
    return Problem(422, "invalid_request", detail, errors=errors)


def _fault(one: Mapping[str, Any]) -> str:
    if str(one["type"]).startswith(("datetime", "timezone")):
        return f"this is no time; write it with its zone, as {EXAMPLE}"
    return str(one["msg"])


def _itself(error: Exception) -> Problem:
    if not isinstance(error, Problem):
        raise error
    return error


_PROBLEM_OF = {
    Problem: _itself,
    NotFound: _not_found,
    Ambiguous: _ambiguous,
    BadCursor: _bad_cursor,
    NoEvidence: _no_evidence,
    StoreUnavailable: _reports_unavailable,
    TableGone: _reports_unavailable,
    BusUnavailable: _bus_unavailable,
    OutcomeUnknown: _outcome_unknown,
    ForgedMessage: _forged,
    HTTPException: _http,
    RequestValidationError: _invalid,
}


def _no_path(path: str) -> Problem:
    detail = (
        f"There is nothing at {path} in this API (docs/api.md lists its paths). A name has no / in it and is not "
        "empty; a task is at /tasks/NAME, not below /policies."
    )
    return Problem(404, "not_found", detail)


def _tell(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and (error.status_code, error.detail) == _NO_ROUTE:
        return answer(_no_path(request.url.path))
    kind = next(each for each in type(error).__mro__ if each in _PROBLEM_OF)
    return answer(_PROBLEM_OF[kind](error))


def tell_problems(app: FastAPI) -> None:
    """Make the app answer every known error with its problem document."""
    for kind in _PROBLEM_OF:
        app.add_exception_handler(kind, _tell)
