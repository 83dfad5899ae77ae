"""A process that asks for a lease, says what it was told, and keeps it until it is told to end."""

import sys
from pathlib import Path
from threading import Event, Thread

from store.leases import Leases
from store.postgres_leases import PostgresLeases
from store.sqlite_leases import SqliteLeases

NOON_MS = 1_700_000_000_000


def main(kind: str, address: str, holder: str) -> None:
    leases: Leases = SqliteLeases(Path(address), lambda: NOON_MS) if kind == "sqlite" else PostgresLeases(address)
    fence = leases.acquire("worker", holder)
    print("taken" if fence else "held by another", flush=True)
    ended = Event()
    Thread(target=set_at_end_of_input, args=(ended,), daemon=True).start()
    while not ended.wait(0.5):
        if fence:
            assert leases.renew(fence)


def set_at_end_of_input(ended: Event) -> None:
    sys.stdin.read()
    ended.set()


if __name__ == "__main__":
    main(*sys.argv[1:])
