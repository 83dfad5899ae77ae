"""Appending to the log on PostgreSQL against one bare INSERT of the same rows."""

import os
import time
from collections.abc import Callable
from statistics import median
from uuid import uuid4

import psycopg
from eventsourcing.persistence import StoredEvent

from services.postgres import Postgres
from tests.bench.figure import Figure, Floor, Target
from tests.bench.ground import Ground
from tests.stores.under_test import PostgresUnderTest

BATCH = 100
STATE = 240
"""Bytes of an idle call-in's state, about."""
TABLE = "CREATE TABLE raw (LIKE log.events INCLUDING ALL)"
INSERT = """
INSERT INTO raw (originator_id, originator_version, topic, state)
SELECT * FROM unnest(%b::uuid[], %b::integer[], %b::text[], %b::bytea[])
"""
Append = Callable[[list[StoredEvent]], object]


def measure(ground: Ground) -> list[Figure]:
    """In transactions of 100, alternated; without a disk the difference is seen, with one it is what it is."""
    batches, rounds = ground.scale.appended_batches, ground.scale.rounds
    ours, raw = _per_s(ground.diskless_postgres, batches, rounds)
    durable, durable_raw = _per_s(ground.postgres, batches, rounds)
    note = f"{ours:,.0f} events/s, {BATCH} a transaction, no disk waited for"
    target, floor = Target(0.4, at_least=True), Floor(raw, "bare INSERT, same columns and indices, events/s")
    return [
        Figure("committer / raw unnest", ours / raw, "", target, floor, note),
        Figure("committer events/s, each commit on the disk", durable, "/s", None, Floor(durable_raw, "bare INSERT")),
    ]


def _per_s(server: Postgres, batches: int, rounds: int) -> tuple[float, float]:
    store = PostgresUnderTest(server)
    log, fence = store.log(), store.fence()
    found: tuple[list[float], list[float]] = ([], [])
    try:
        with psycopg.connect(store.owner_dsn, autocommit=True, prepare_threshold=0) as owner:
            owner.execute(TABLE)
            ways: tuple[Append, Append] = (
                lambda events: log.append(events, fence=fence),
                lambda events: _insert(owner, events),
            )
            for _ in range(rounds):
                for append, seen in zip(ways, found, strict=True):
                    seen.append(_timed(append, batches))
    finally:
        store.close()
    return median(found[0]), median(found[1])


def _timed(append: Append, batches: int) -> float:
    prepared = [_events() for _ in range(batches)]
    began = time.perf_counter()
    for events in prepared:
        append(events)
    return batches * BATCH / (time.perf_counter() - began)


def _events() -> list[StoredEvent]:
    return [StoredEvent(uuid4(), 1, "Diary.CalledIn", os.urandom(STATE)) for _ in range(BATCH)]


def _insert(connection: psycopg.Connection[tuple[object, ...]], events: list[StoredEvent]) -> None:
    columns = [[each.originator_id for each in events], [each.originator_version for each in events]]
    more = [[each.topic for each in events], [each.state for each in events]]
    connection.cursor(binary=True).execute(INSERT, [*columns, *more])
