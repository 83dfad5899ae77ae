"""How long the registration status report takes over 100,000 entries, by each filter, on either database."""

import statistics
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Any

from projections.reports import Reports
from projections.reports.registration_filter import Where
from tests.bench.figure import Figure, Floor, Target
from tests.bench.ground import Ground
from tests.bench.listed_entries import ENTRIES, fill
from tests.projections.fleet_log import START_MS
from tests.projections.under_test import PostgresRoom, Room, SqliteRoom

TARGET = Target(100.0)
ASKED: dict[str, dict[str, Any]] = {
    "all": {},
    "status": {"status": "Blocked"},
    "name mask": {"name": "*-99999"},
    "text": {"query": "pc-77777"},
    "text that nothing has": {"query": "nowhere"},
    "domain": {"where": Where(domain="site-7.example")},
    "domain mask that nothing has": {"where": Where(domain="*.nowhere")},
    "address": {"where": Where(address="10.1.2.3")},
    "resource key": {"where": Where(resource_key="serial-77777")},
    "fingerprint": {"where": Where(fingerprint="00ff")},
    "key type": {"where": Where(key_type="rsa2048")},
    "decided by": {"where": Where(decided_by="operator:nobody")},
    "last request": {"where": Where(last_from_ms=START_MS + ENTRIES - 50)},
    "left": {"where": Where(left=True)},
    "three at once": {
        "status": "Allowed",
        "query": "debian",
        "where": Where(domain="site-9*", address="10.*.9"),
    },
}


def measure(ground: Ground) -> list[Figure]:
    """Each filter alone, three together, and the counts; nothing here waits for a disk."""
    sqlite = SqliteRoom(ground.directory())
    with closing(sqlite):
        found = _of("SQLite", sqlite, ground.scale.rounds)
    postgres = PostgresRoom(ground.diskless_postgres)
    with closing(postgres):
        return found + _of("PostgreSQL", postgres, ground.scale.rounds)


def _of(name: str, room: Room, rounds: int) -> list[Figure]:
    table = fill(room, gather=name == "PostgreSQL")
    reports = room.reports()
    scanned = Floor(_median_ms(partial(_scan, room, table), rounds), "one bare look at every row")
    return [
        Figure(f"{name}: {how}", _median_ms(ask, rounds), "ms", TARGET, scanned) for how, ask in _asked(reports).items()
    ]


def _asked(reports: Reports) -> dict[str, Callable[[], Any]]:
    lists: dict[str, Callable[[], Any]] = {name: partial(reports.registrations, **how) for name, how in ASKED.items()}
    of_a_domain = partial(reports.registration_counts, where=Where(domain="site-7*"))
    return lists | {"counts": reports.registration_counts, "counts of a domain": of_a_domain}


def _scan(room: Room, table: str) -> None:
    with room.database.reading() as reader:
        reader.query(f"SELECT count(*) AS many FROM {table} WHERE search = ''")


def _median_ms(read: Callable[[], Any], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        read()
        taken.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(taken), 1)
