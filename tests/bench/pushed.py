"""Push mode: from the record of a change to the hint on the wire of every agent that holds a connection."""

import json
import selectors
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from open_connection import OpenConnection, site_agent
from store.postgres_log import PostgresLog
from store.state import decode_state
from tests.bench.bench_site import BenchSite
from tests.bench.figure import Figure, Target
from tests.bench.ground import Ground

PATIENCE_S = 60
HINTS_APART_S = 1.2
"""A frontend sends one agent one hint a second."""
TOUCHED = 100
Change = Callable[[], dict[str, Any]]


def measure(ground: Ground) -> list[Figure]:
    """All hold a connection; some are woken, then all are told of a policy. Times count from when it was recorded,
    which is before the commit."""
    site, count = ground.site, ground.scale.pushed
    held = [_held(site, number) for number in range(count)]
    try:
        site.wait_until_caught_up(30)
        touched = held[:TOUCHED]
        some = [_told(site, touched, lambda: _woken(site)) for _ in range(ground.scale.rounds)]
        every = _told(site, held, lambda: _assigned(site))
    finally:
        for each in held:
            each.__exit__(None, None, None)
    waits = sorted(wait for waits in some for wait in waits)
    return [
        Figure(f"change to hint, {len(touched)} of {count} agents: p50", _part(waits, 0.5), "ms"),
        Figure(f"change to hint, {len(touched)} of {count} agents: p99", _part(waits, 0.99), "ms", Target(1_000)),
        Figure(f"policy to hint, all {count} agents: last", every[-1], "ms", Target(10_000)),
    ]


def _held(site: BenchSite, number: int) -> OpenConnection:
    name = f"touched-{number}" if number < TOUCHED else f"held-{number}"
    agent = site_agent(site, name)
    connection = OpenConnection(site, agent, "site-a")
    connection.say(agent.registration())
    connection.say(agent.full_properties(1, {}, bytes(16)))
    return connection


def _woken(site: BenchSite) -> dict[str, Any]:
    with site.api as api:
        answer = api.post("/agents/wake", params={"query": "touched-"}, json={})
    document: dict[str, Any] = answer.raise_for_status().json()
    return document


def _assigned(site: BenchSite) -> dict[str, Any]:
    file = site.directory / "held.json"
    file.write_text(json.dumps({"interval_s": 3600}))
    site.people("policies", "set", "agent", "held", str(file))
    document: dict[str, Any] = site.people_json("policies", "assign", "agent", "held", "--group", "/")
    return document


def _told(site: BenchSite, held: Sequence[OpenConnection], change: Change) -> list[float]:
    """When each heard the hint, in ms after the change was recorded, the first first."""
    time.sleep(HINTS_APART_S)
    heard: list[float] = []
    with selectors.DefaultSelector() as selector, ThreadPoolExecutor(1) as operator:
        for each in held:
            selector.register(each, selectors.EVENT_READ)
        changed = operator.submit(change)
        deadline = time.monotonic() + PATIENCE_S
        while len(heard) < len(held):
            ready = selector.select(1)
            heard += [time.time() * 1000] * len(ready)
            for key, _ in ready:
                selector.unregister(key.fileobj)
                cast(OpenConnection, key.fileobj).hear()
            assert time.monotonic() < deadline, f"only {len(heard)} of {len(held)} were told"
        position = changed.result()["position"]
    recorded_ms = _recorded_ms(site, position)
    return [at - recorded_ms for at in heard]


def _recorded_ms(site: BenchSite, position: int) -> int:
    log = PostgresLog(site.owner_dsn)
    try:
        [row] = log.read(position - 1, 1)
    finally:
        log.close()
    return decode_state(row.state)[0].recorded_at_ms


def _part(waits: Sequence[float], share: float) -> float:
    return waits[min(len(waits) - 1, int(share * len(waits)))]
