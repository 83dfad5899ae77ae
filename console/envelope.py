"""What surrounds every answer: request id, security headers, a cap on what is read, a record of what failed."""

import logging
import re
import time
from collections.abc import Callable

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.metrics import Metrics
from console.problems import Problem, answer

MAX_REQUEST_BYTES = 64 * 1024
MAX_BYTES_OF = {
    "/api/v1/desired-state": 8 * 1024 * 1024,
    "/api/v1/policies/": 1024 * 1024,
    "/api/v1/tasks/": 1024 * 1024,
}
"""Where more is taken, by what the path begins with."""
LOG = logging.getLogger("muster.console")

_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
_SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Envelope:
    """ASGI middleware, the outermost of ours."""

    def __init__(self, app: ASGIApp, metrics: Metrics, random: Callable[[int], bytes]) -> None:
        self._app = app
        self._metrics = metrics
        self._random = random

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = self._request_id(Request(scope))
        status = 0
        started = time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                headers["X-Request-Id"] = request_id
            await send(message)

        try:
            await self._app(scope, _capped(receive, _most(scope["path"])), sending)
        except Exception:
            LOG.exception("request %s failed", request_id)
            if status:
                raise
            await _failure(request_id)(scope, receive, sending)
        finally:
            route = getattr(scope.get("route"), "path", "unknown")
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._metrics.request(route, method, status, time.perf_counter() - started)

    def _request_id(self, request: Request) -> str:
        given = request.headers.get("X-Request-Id", "")
        return given if _REQUEST_ID.fullmatch(given) else self._random(8).hex()


def _most(path: str) -> int:
    return next((most for begin, most in MAX_BYTES_OF.items() if path.startswith(begin)), MAX_REQUEST_BYTES)


def _capped(receive: Receive, most: int) -> Receive:
    seen = 0

    async def capped() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise HTTPException(413, f"A request may have {most} bytes.")
        return message

    return capped


def _failure(request_id: str) -> ASGIApp:
    detail = f"The server failed; its log tells why under request {request_id}."
    return answer(Problem(500, "internal_error", detail))
