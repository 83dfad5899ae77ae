"""What call-ins cost once they are in the log: bytes kept, reading them again, projecting them."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import msgspec
import psycopg

from projections.postgres_database import SCHEMA, PostgresDatabase, prepare_reports
from projections.runner import Projector
from services.postgres import Postgres, database_name
from store.keyring import Keyring
from store.mapper import EventMapper
from store.postgres_leases import PostgresLeases
from tests.bench.figure import Figure, Floor, Target
from tests.bench.ground import Ground
from tests.bench.postgres_room import PostgresRoom
from tests.stores.under_test import PASSWORD, PostgresUnderTest

PAGE = 5_000
SIZE = "SELECT pg_relation_size('log.events'), pg_total_relation_size('log.events')"
STATES = "SELECT avg(length(state))::float FROM log.events WHERE topic = 'Diary.CalledIn'"
RAW = """
SELECT originator_id, originator_version, topic, state, notification_id FROM log.events ORDER BY notification_id
"""


def measure(ground: Ground) -> list[Figure]:
    """The worker's own code makes the events; nothing here waits for a disk."""
    scale = ground.scale
    store = PostgresUnderTest(ground.diskless_postgres)
    room = PostgresRoom(ground.directory(), store.address, scale.stored_agents)
    try:
        with psycopg.connect(store.owner_dsn, autocommit=True) as owner:
            stored = _stored(room, owner, scale.stored_call_ins // scale.stored_agents)
            replayed = _replayed(room, owner, scale.rounds)
        return [*stored, *replayed, _projected(room, store, ground.diskless_postgres)]
    finally:
        room.close()
        store.close()


def _stored(room: PostgresRoom, owner: psycopg.Connection[tuple[Any, ...]], rounds: int) -> list[Figure]:
    """After a tenth as many, so that no page of the indices is a first one."""
    room.call_in(max(1, rounds // 10))
    before, events = owner.execute(SIZE).fetchone(), room.log.head()
    began = time.process_time()
    room.call_in(rounds)
    seconds = time.process_time() - began
    after, added = owner.execute(SIZE).fetchone(), room.log.head() - events
    state = owner.execute(STATES).fetchone()
    assert before is not None
    assert after is not None
    assert state is not None
    rows, all_ = ((after[nth] - before[nth]) / added for nth in (0, 1))
    floor = Floor(state[0], "the state alone")
    note = f"{rows:.0f} in the table, {all_ - rows:.0f} in two indices, {added:,} call-ins"
    return [
        Figure("stored bytes per idle call-in, indices included", all_, "B", Target(350), floor, note),
        Figure("agent and worker in one thread, per call-in", 1000 * seconds / added, "ms", note="both ends' crypto"),
    ]


def _replayed(room: PostgresRoom, owner: psycopg.Connection[tuple[Any, ...]], rounds: int) -> list[Figure]:
    mapper = EventMapper(Keyring(room.records.mapper.keyring.vault, room.log.subject))
    ways: list[Callable[[], int]] = [
        lambda: _raw(owner),
        lambda: _through(room, mapper, personal=False),
        lambda: _through(room, mapper, personal=True),
    ]
    raw, plain, opened = _per_s(ways, rounds)
    floor = Floor(raw, "SELECT and MessagePack alone, events/s")
    return [
        Figure("replay + decode / raw", plain / raw, "", Target(0.6, at_least=True), floor, f"{plain:,.0f} events/s"),
        Figure("replay + decode with what is sealed / raw", opened / raw, "", note=f"{opened:,.0f} events/s"),
    ]


def _raw(owner: psycopg.Connection[tuple[Any, ...]]) -> int:
    decode = msgspec.msgpack.Decoder().decode
    with owner.transaction(), owner.cursor("raw", binary=True) as cursor:
        cursor.itersize = PAGE
        return sum(len(decode(row[3])) > 0 for row in cursor.execute(RAW))


def _through(room: PostgresRoom, mapper: EventMapper, *, personal: bool) -> int:
    after = count = 0
    while page := room.log.read(after, PAGE):
        count += len([mapper.decode(row, personal=personal) for row in page])
        after = page[-1].id
    return count


def _per_s(ways: list[Callable[[], int]], rounds: int) -> list[float]:
    """Events a second of each way, median of alternated rounds."""
    found: list[list[float]] = [[] for _ in ways]
    for _ in range(rounds):
        for way, seen in zip(ways, found, strict=True):
            began = time.perf_counter()
            count = way()
            seen.append(count / (time.perf_counter() - began))
    return [median(seen) for seen in found]


def _projected(room: PostgresRoom, store: PostgresUnderTest, server: Postgres) -> Figure:
    database = database_name(store.owner_dsn)
    role, reader = f"{database}_projector", f"{database}_reader"
    server.new_role(role, PASSWORD)
    prepare_reports(store.owner_dsn, role, reader)
    dsn = server.dsn(database, role, PASSWORD)
    mapper = EventMapper(Keyring(room.records.mapper.keyring.vault, room.log.subject))
    leases = PostgresLeases(dsn, SCHEMA)
    projector = Projector(PostgresDatabase(dsn, reader), room.log, mapper, leases, holder="bench", clock=room.clock)
    began, events = time.perf_counter(), room.log.head()
    while projector.step():
        pass
    rate = events / (time.perf_counter() - began)
    leases.close()
    return Figure("projection events/s, all projections", rate, "/s", Target(20_000, at_least=True))
