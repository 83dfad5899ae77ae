"""The application over the twin, reached by httpx without a port."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import cast

import httpx
from fastapi import FastAPI

from console.app import create_app
from console.orders import Orders
from console_twin.deployment import Deployment, secret_of
from console_twin.reports import TwinReports
from console_twin.worker import ORDER_KEY, REPLY_KEY, TwinOrderBus
from domain.operator_token import Role
from projections.reports import Reports


class Twin:
    """A server in memory, and clients of its API."""

    def __init__(self, transport: httpx.BaseTransport, deployment: Deployment, bus: TwinOrderBus) -> None:
        self.transport = transport
        self.deployment = deployment
        self.bus = bus
        self.checks: dict[str, bool | str] = {"store": True}

    def client(self, role: str | None = Role.ADMIN) -> httpx.Client:
        """A client with the token of this role, or without any."""
        headers = {} if role is None else {"Authorization": f"Bearer {secret_of(role)}"}
        return httpx.Client(transport=self.transport, base_url="http://muster.test", headers=headers)


class AsgiTransport(httpx.BaseTransport):
    """httpx over an ASGI application, for a client that does not wait asynchronously."""

    def __init__(self, app: FastAPI, runner: asyncio.Runner) -> None:
        self._asgi = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        self._runner = runner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One request, from the beginning to the end."""
        return self._runner.run(self._serve(request))

    async def _serve(self, request: httpx.Request) -> httpx.Response:
        response = await self._asgi.handle_async_request(request)
        return httpx.Response(response.status_code, headers=response.headers, content=await response.aread())


def application(deployment: Deployment, bus: TwinOrderBus, checks: dict[str, bool | str]) -> FastAPI:
    """The application over this deployment; what it does beside requests, it does at once."""
    randomness = Random(7)
    orders = Orders(bus, ORDER_KEY, REPLY_KEY, deployment.clock_ms, randomness.randbytes, timeout_s=0.1)
    return create_app(
        cast(Reports, TwinReports(deployment)),
        orders,
        clock_ms=deployment.clock_ms,
        random=randomness.randbytes,
        ready=lambda: checks,
        background=lambda work: work(),
    )


@contextmanager
def running_twin() -> Iterator[Twin]:
    """A twin for one test."""
    deployment = Deployment()
    bus = TwinOrderBus(deployment)
    with asyncio.Runner() as runner:
        checks: dict[str, bool | str] = {"store": True}
        transport = AsgiTransport(application(deployment, bus, checks), runner)
        twin = Twin(transport, deployment, bus)
        twin.checks = checks
        yield twin
