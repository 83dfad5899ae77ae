"""What survives the end of a process, of the database server and of the wire between them."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from time import sleep

import psycopg
import pytest

from services.postgres import Postgres, database_name, running_postgres
from store.log import AlreadyRecorded, FenceLost, StoreUnavailable
from store.postgres_log import PostgresLog
from tests.stores.losing_proxy import LosingProxy
from tests.stores.under_test import PASSWORD, PostgresUnderTest, StoreUnderTest, a_stream, events_of

pytestmark = pytest.mark.services

LONG_S = 60.0
WAITING = "SELECT DISTINCT pid FROM pg_locks WHERE NOT granted ORDER BY pid"


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A server of our own that keeps what it has committed when it is killed."""
    with running_postgres({}, durable=True) as server:
        yield server


@pytest.fixture
def proxy(postgres: Postgres) -> Iterator[LosingProxy]:
    proxy = LosingProxy(postgres.host, postgres.port)
    yield proxy
    proxy.close()


@pytest.fixture
def proxied(postgres_store: PostgresUnderTest, proxy: LosingProxy) -> Iterator[PostgresLog]:
    """A log whose connections go through the proxy; an append is one question and one answer by now."""
    database = database_name(postgres_store.owner_dsn)
    log = PostgresLog(f"postgresql://{database}_writer:{PASSWORD}@127.0.0.1:{proxy.port}/{database}")
    log.append(events_of(a_stream("earlier")), fence=postgres_store.fence("earlier"))
    yield log
    log.close()


@pytest.fixture
def start(store: StoreUnderTest) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a module as a process on the same store; it is gone at the end."""
    with ExitStack() as started:

        def start(module: str, *arguments: str) -> subprocess.Popen[str]:
            command = [sys.executable, "-m", f"tests.stores.{module}", store.kind, store.address, *arguments]
            process = subprocess.Popen(
                command,
                cwd=Path(__file__).parents[2],
                env={"PYTHONPATH": os.pathsep.join(sys.path)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            started.enter_context(process)
            started.callback(process.kill)
            return process

        yield start


def test_what_a_killed_process_was_told_is_recorded_is_there_once(
    store: StoreUnderTest, start: Callable[..., subprocess.Popen[str]]
) -> None:
    process = start("appending_process")
    assert process.stdout is not None
    told = [int(process.stdout.readline()) for _ in range(500)]
    process.kill()
    told += [int(line) for line in process.stdout if line.endswith("\n")]

    log = store.log()
    recorded = log.read(0, 1_000_000)
    assert [event.id for event in recorded[: len(told)]] == told
    assert [event.originator_version for event in recorded] == list(range(1, len(recorded) + 1))
    log.append(events_of(a_stream(), len(recorded) + 1, len(recorded) + 1), fence=store.fence())


def test_two_processes_cannot_hold_one_lease(start: Callable[..., subprocess.Popen[str]]) -> None:
    processes = [start("leasing_process", name) for name in ("one", "two")]

    answers = [process.stdout.readline().strip() for process in processes if process.stdout]
    for process in processes:
        process.communicate(timeout=LONG_S)

    assert sorted(answers) == ["held by another", "taken"]
    assert [process.returncode for process in processes] == [0, 0]


def test_a_commit_whose_answer_was_lost_is_not_repeated(
    postgres_store: PostgresUnderTest, proxied: PostgresLog, proxy: LosingProxy
) -> None:
    fence = postgres_store.fence()

    proxy.lose("the answer")
    positions = proxied.append(events_of(a_stream(), 1, 3), fence=fence)

    assert proxy.has_lost_it()
    assert [event.id for event in postgres_store.log().read(0, 10)][1:] == positions
    assert len(positions) == 3


def test_a_commit_that_never_arrived_is_made_good(
    postgres_store: PostgresUnderTest, proxied: PostgresLog, proxy: LosingProxy
) -> None:
    fence = postgres_store.fence()

    proxy.lose("the question")
    positions = proxied.append(events_of(a_stream(), 1, 3), fence=fence)

    assert proxy.has_lost_it()
    assert [event.id for event in postgres_store.log().read(0, 10)][1:] == positions


def test_what_another_recorded_under_the_same_key_is_not_taken_for_ours(
    postgres_store: PostgresUnderTest, proxied: PostgresLog, proxy: LosingProxy
) -> None:
    fence = postgres_store.fence()
    postgres_store.log().append(events_of(a_stream(), state=b"theirs"), fence=fence)

    proxy.lose("the answer")
    with pytest.raises(AlreadyRecorded):
        proxied.append(events_of(a_stream(), state=b"ours"), fence=fence)


def test_a_lost_fence_stays_lost_over_a_broken_connection(
    postgres_store: PostgresUnderTest, proxied: PostgresLog, proxy: LosingProxy
) -> None:
    stale = postgres_store.fence(holder="stopped")
    postgres_store.fence(holder="standby")

    proxy.lose("the answer")
    with pytest.raises(FenceLost):
        proxied.append(events_of(a_stream()), fence=stale)

    assert proxied.stream(a_stream()) == []


def test_an_append_that_still_runs_on_the_server_cannot_commit_behind_our_back(
    postgres_store: PostgresUnderTest, proxied: PostgresLog, proxy: LosingProxy
) -> None:
    fence, results = postgres_store.fence(), list[list[int]]()
    appending = Thread(target=lambda: results.append(proxied.append(events_of(a_stream(), 1, 3), fence=fence)))

    with psycopg.connect(postgres_store.address) as slow:
        insert_by_hand(slow)
        appending.start()
        [before] = waiting_appends(postgres_store, appending)
        proxy.cut()
        while waiting_appends(postgres_store, appending) == [before]:
            sleep(0.01)
        slow.rollback()
    appending.join(LONG_S)

    assert results == [[event.id for event in postgres_store.log().read(0, 10)][1:]]


def test_no_position_is_visible_while_an_earlier_one_may_still_come(postgres_store: PostgresUnderTest) -> None:
    log, fence = postgres_store.log(), postgres_store.fence()
    appending = Thread(target=log.append, args=(events_of(a_stream()),), kwargs={"fence": fence})

    with psycopg.connect(postgres_store.address) as slow:
        insert_by_hand(slow)
        appending.start()
        assert waiting_appends(postgres_store, appending)
        assert log.head() == 0
        slow.commit()
    appending.join(LONG_S)

    assert [event.topic for event in log.read(0, 10)] == ["Test.BySomebodySlow", "Test.Happened"]


def test_the_log_goes_on_when_the_server_was_restarted(postgres: Postgres, postgres_store: PostgresUnderTest) -> None:
    log, leases, fence = postgres_store.log(), postgres_store.leases(), postgres_store.fence()
    positions = log.append(events_of(a_stream(), 1, 2), fence=fence)
    log.wait(log.head(), 0.05)

    postgres.restart()

    assert leases.renew(fence)
    assert [event.id for event in log.read(0, 10)] == positions
    positions += log.append(events_of(a_stream(), 3, 3), fence=fence)
    assert [event.id for event in log.read(0, 10)] == positions
    assert log.wait(0, LONG_S)


def test_everything_says_that_the_store_is_unavailable_while_it_is(
    postgres: Postgres, postgres_store: PostgresUnderTest
) -> None:
    log, leases, fence = postgres_store.log(), postgres_store.leases(), postgres_store.fence()
    log.append(events_of(a_stream(), 1, 1), fence=fence)

    postgres.kill()
    try:
        with pytest.raises(StoreUnavailable):
            log.append(events_of(a_stream(), 2, 2), fence=fence)
        with pytest.raises(StoreUnavailable):
            log.read(0, 10)
        with pytest.raises(StoreUnavailable):
            leases.renew(fence)
        with pytest.raises(StoreUnavailable):
            postgres_store.log()
    finally:
        postgres.start()

    log.append(events_of(a_stream(), 2, 2), fence=fence)
    assert [event.originator_version for event in log.read(0, 10)] == [1, 2]


def insert_by_hand(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    connection.execute("""
        INSERT INTO log.events (originator_id, originator_version, topic, state)
        VALUES (gen_random_uuid(), 1, 'Test.BySomebodySlow', 'x')
    """)


def waiting_appends(store: PostgresUnderTest, appending: Thread) -> list[tuple[object, ...]]:
    """The server's processes that wait for their turn to append; none once the appending thread has ended."""
    with psycopg.connect(store.owner_dsn, autocommit=True) as watching:
        while appending.is_alive():
            if waiting := watching.execute(WAITING).fetchall():
                return waiting
            sleep(0.01)
    return []
