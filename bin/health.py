"""/livez, /readyz and /metrics of a process that has no API, on an address of its own."""

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CollectorRegistry, generate_latest

Ready = Callable[[], Mapping[str, bool | str]]
Warnings = Callable[[], Mapping[str, str]]


class Health:
    """A small HTTP server in a thread; ``close`` ends it."""

    def __init__(
        self, host: str, port: int, ready: Ready, registry: CollectorRegistry, warnings: Warnings = dict
    ) -> None:
        """``warnings``: what will go wrong one day, by name; a process with warnings is ready all the same."""

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, kind, body = _answer(self.path, ready, registry, warnings)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing: probes come every few seconds."""

        self._server = ThreadingHTTPServer((host, port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="muster-health", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()


def _answer(path: str, ready: Ready, registry: CollectorRegistry, warnings: Warnings) -> tuple[int, str, bytes]:
    if path == "/livez":
        return 200, "application/json", b'{"status": "alive"}'
    if path == "/readyz":
        checks = dict(ready())
        fine = all(check is True for check in checks.values())
        told: dict[str, object] = {"status": "ready" if fine else "not ready", "checks": checks}
        told |= {"warnings": found} if (found := dict(warnings())) else {}
        return 200 if fine else 503, "application/json", json.dumps(told).encode()
    if path == "/metrics":
        return 200, "text/plain; version=0.0.4; charset=utf-8", generate_latest(registry)
    return 404, "application/json", b'{"status": "not found"}'
