"""A whole server behind the API, in one directory: the real worker, log, projector, reports; nothing runs by itself."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from broker.bus import BusUnavailable, Delivery, NoAnswer
from broker.seal import seal
from console.app import create_app
from console.bearer_token import hash_of
from console.orders import Orders
from domain.operator_token import Role
from domain.orders import IssueToken
from projections.reports import Reports
from projections.runner import Projector
from projections.sqlite_database import SqliteDatabase, SqliteReports
from store.sqlite_leases import SqliteLeases
from worker_room import SpeakingAgent, WorkerRoom

URL = "http://muster.test"


def secret_of(name: str) -> str:
    """The secret of the token of this name."""
    return "muster_" + hash_of(name).hex()[:43]


class Site:
    """One deployment, with a token for each role, and clients of its API."""

    def __init__(self, directory: Path, runner: asyncio.Runner, seed: int = 1) -> None:
        self.room = WorkerRoom(directory, seed)
        reports_file = directory / "reports.db"
        self.projector = Projector(
            SqliteDatabase(reports_file, self.room.clock),
            self.room.log,
            self.room.records.mapper,
            SqliteLeases(reports_file, self.room.clock),
            holder="projector",
            clock=self.room.clock,
        )
        self.bus = RoomBus(self)
        self.checks: dict[str, bool | str] = {"store": True}
        self.is_projecting = True
        self.reports = Reports(
            SqliteReports(reports_file), self.room.log, self.room.records.mapper, self.room.clock, wait_s=0.01
        )
        self.app = self._application()
        self.transport = AsgiTransport(self.app, runner)

    def add_tokens(self) -> None:
        """A token for each role, called like it."""
        for role in Role:
            self.add_token(role)
        self.project()

    def add_token(self, role: str, name: str = "", expires_at_ms: int | None = None) -> str:
        """A token of this role; returns its secret."""
        secret = secret_of(name or role)
        self.room.order(IssueToken(f"token-{name or role}", hash_of(secret), name or role, role, expires_at_ms))
        self.project()
        return secret

    def agent(self, name: str = "pc-1") -> SpeakingAgent:
        """A machine that asked for registration and waits."""
        agent = SpeakingAgent(self.room, name)
        agent.say(agent.registration())
        self.project()
        return agent

    def allowed_agent(self, name: str = "pc-1", properties: Mapping[str, Any] | None = None) -> SpeakingAgent:
        """A machine that was let in and reported its properties."""
        agent = self.agent(name)
        agent.be_allowed()
        agent.say(agent.full_properties(1, dict(properties or {"os": "Debian"}), bytes(16)))
        self.project()
        return agent

    def project(self) -> None:
        """Bring the reports up to the log, unless the projector is stopped."""
        while self.is_projecting and self.projector.step():
            pass

    def resume_projecting(self) -> None:
        """Start the projector again and let it catch up."""
        self.is_projecting = True
        self.project()

    def client(self, role: str | None = "admin") -> httpx.Client:
        """A client with the token of this name, or without any."""
        headers = {} if role is None else {"Authorization": f"Bearer {secret_of(role)}"}
        return httpx.Client(transport=self.transport, base_url=f"{URL}/api/v1", headers=headers)

    def close(self) -> None:
        """Close the files."""
        self.room.close()

    def _application(self) -> FastAPI:
        keys = self.room.order_keys
        randbytes = self.room._random.randbytes
        return create_app(
            self.reports,
            Orders(self.bus, keys.order, keys.reply, self.room.clock, randbytes, timeout_s=0.1),
            clock_ms=self.room.clock,
            random=randbytes,
            ready=lambda: self.checks,
            registry=CollectorRegistry(),
            background=lambda work: work(),
            seal=self.room.records.mapper.keyring.vault.seal,
            wait_s=0.01,
        )


class RoomBus:
    """An OrderBus with the worker right behind it. What goes wrong on the way is set by tests."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.sealed: list[bytes] = []
        self.lost_answers = 0
        self.is_down = False
        self.forge: bytes | None = None
        """When set, every reply is sealed with this key by somebody else."""
        self.replay: bytes | None = None
        """When set, every reply is this one."""

    def order(self, body: bytes, timeout_s: float) -> bytes:
        """Hand over an order and return the reply."""
        if self.is_down:
            raise BusUnavailable
        self.sealed.append(body)
        delivery = Delivery("orders", body, "console", "muster.console.x", "c", 1, 10_000 + len(self.sealed))
        message, *_ = self._site.room.shift.handle([delivery])
        self._site.project()
        if self.lost_answers:
            self.lost_answers -= 1
            raise NoAnswer
        if self.forge is not None:
            return seal(self.forge, message.body[32:])
        return self.replay or message.body

    def close(self) -> None:
        """Nothing is open."""


class AsgiTransport(httpx.BaseTransport):
    """The application without a port, for clients that wait for each answer."""

    def __init__(self, app: FastAPI, runner: asyncio.Runner) -> None:
        self._asgi = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        self._runner = runner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One request, from its beginning to the end of its answer."""
        return self._runner.run(self._serve(request))

    async def _serve(self, request: httpx.Request) -> httpx.Response:
        response = await self._asgi.handle_async_request(request)
        return httpx.Response(response.status_code, headers=response.headers, content=await response.aread())
