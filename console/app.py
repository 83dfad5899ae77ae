"""The HTTP API as one application: routes, access, problems and what surrounds every answer."""

from collections.abc import Callable, Mapping

from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry

from console.access import Access
from console.envelope import Envelope
from console.metrics import Metrics
from console.openapi import describe
from console.orders import Orders
from console.problems import tell_problems
from console.routes import (
    agent_handlers,
    agent_moves,
    agents,
    assignments,
    authorities,
    bulk_decisions,
    call_ins,
    desired_state,
    evidence,
    groups,
    health,
    install_tickets,
    key_policy,
    lists,
    migration_window,
    policies,
    policy_dry_run,
    projections,
    registration_merging,
    registration_policy,
    registrations,
    server_keys,
    sorting_rules,
    tasks,
    tokens,
    wake_ups,
    whoami,
)
from console.token_uses import Background, TokenUses, in_a_thread
from projections.reports import Reports

PREFIX = "/api/v1"
Seal = Callable[[str, bytes], bytes]
Ready = Callable[[], Mapping[str, bool | str]]
"""Checks by name: True when fine, else what is wrong (or False)."""
Warnings = Callable[[], Mapping[str, str]]
"""What will go wrong one day, by name; the server is ready all the same."""

_ROOMS = (
    *(registrations, bulk_decisions, registration_merging, registration_policy, policy_dry_run, install_tickets),
    *(agents, evidence, call_ins, projections, agent_handlers, tokens, whoami, server_keys, key_policy),
    *(migration_window, wake_ups, lists, authorities),
    *(groups, policies, assignments, agent_moves, tasks, sorting_rules, desired_state),
)


def _routes() -> APIRouter:
    table = APIRouter(generate_unique_id_function=lambda route: route.name)
    for room in _ROOMS:
        table.include_router(room.router, prefix=PREFIX)
    table.include_router(health.router)
    return table


_ROUTES = _routes()
"""Shared, since FastAPI reads the parameters of each route anew for every application that includes it."""


def create_app(
    reports: Reports,
    orders: Orders,
    *,
    clock_ms: Callable[[], int],
    random: Callable[[int], bytes],
    ready: Ready,
    registry: CollectorRegistry | None = None,
    background: Background = in_a_thread,
    seal: Seal | None = None,
    wait_s: float = 2.0,
    warnings: Warnings = dict,
) -> FastAPI:
    """The API over these reports and orders.

    `random(n)` gives n random bytes; `registry` is what /metrics shows; an order's answer waits up to `wait_s` for the
    reports to show it. `seal(name, secret)` puts a private key under the wrapping key.
    """
    metrics = Metrics(registry or CollectorRegistry())
    app = FastAPI(
        title="Muster",
        version="1",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        routes=_ROUTES.routes,
    )
    app.state.reports = reports
    app.state.orders = orders
    app.state.metrics = metrics
    app.state.clock_ms = clock_ms
    app.state.random = random
    app.state.ready = ready
    app.state.warnings = warnings
    app.state.seal = seal
    app.state.wait_s = wait_s
    app.state.access = Access(reports, TokenUses(orders, clock_ms, background), clock_ms)
    tell_problems(app)
    describe(app)
    app.add_middleware(Envelope, metrics=metrics, random=random)
    return app
