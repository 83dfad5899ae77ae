"""A process that appends for ever and says what it was told: run by the tests to be killed."""

import sys
import time
from itertools import count
from pathlib import Path

from store.log import EventLog
from store.postgres_leases import PostgresLeases
from store.postgres_log import PostgresLog
from store.sqlite_leases import SqliteLeases
from store.sqlite_log import SqliteLog
from tests.stores.under_test import a_stream, events_of

BATCH = 20


def main(kind: str, address: str) -> None:
    log: EventLog
    leases: SqliteLeases | PostgresLeases
    if kind == "sqlite":
        log, leases = SqliteLog(Path(address), clock), SqliteLeases(Path(address), clock)
    else:
        log, leases = PostgresLog(address), PostgresLeases(address)
    fence = leases.acquire("worker", "the one to be killed")
    assert fence is not None
    for number in count():
        first = number * BATCH + 1
        for position in log.append(events_of(a_stream(), first, first + BATCH - 1), fence=fence):
            print(position, flush=True)


def clock() -> int:
    return time.time_ns() // 1_000_000


if __name__ == "__main__":
    main(*sys.argv[1:])
