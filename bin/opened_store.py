"""The event store opened by a tool: beside a worker to look at it, or alone, with the worker's lease, to mend it."""

import os
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from bin.clock import now_ms
from bin.data_directory import HOLDER, DataDirectory
from bin.secret import secret_of
from bin.settings import BadSettings, Settings
from handlers.worker import LEASE, RENEW_S
from store.keyring import Keyring
from store.leases import Leases
from store.log import Fence, FenceLost
from store.mapper import EventMapper
from store.postgres_leases import PostgresLeases
from store.postgres_log import PostgresLog
from store.postgres_side_tables import PostgresSideTables
from store.side_tables import Mend, SideTables
from store.sqlite_leases import SqliteLeases
from store.sqlite_reader import SqliteReader
from store.sqlite_side_tables import SqliteSideTables
from store.vault import Vault


class NoStore(Exception):
    """There is no event store of Muster here."""


class WorkerAtWork(Exception):
    """A worker is at work on this event store: stop every worker first, or only look with --check."""


class OpenedStore:
    """The log, its side tables, and what reading them needs."""

    def __init__(self, log: SqliteReader | PostgresLog, tables: SideTables, vault: Vault) -> None:
        self.log = log
        self.tables = tables
        self.vault = vault
        self.mapper = EventMapper(Keyring(vault, log.subject))
        self._leases: Leases | None = None
        self._fence: Fence | None = None
        self._held = 0.0

    def take(self, leases: Leases, holder: str) -> None:
        """Be alone. WorkerAtWork."""
        self._fence = leases.acquire(LEASE, holder)
        if self._fence is None:
            raise WorkerAtWork(f"{WorkerAtWork.__doc__} ({leases.holder(LEASE)})")
        self._leases, self._held = leases, time.monotonic()

    def hold(self) -> None:
        """Stay alone, if it is: to be called every second or so. FenceLost."""
        if self._leases is None or self._fence is None or time.monotonic() - self._held < RENEW_S:
            return
        if not self._leases.renew(self._fence):
            raise FenceLost(self._fence)
        self._held = time.monotonic()

    def mend(self, mends: Sequence[Mend]) -> None:
        """Make the tables right in one transaction. FenceLost."""
        assert self._fence is not None
        self.tables.mend(mends, self._fence)

    def leave(self) -> None:
        """Let the workers in again."""
        if self._leases is not None and self._fence is not None:
            self._leases.release(self._fence)


@contextmanager
def opened_store(directory: Path | None, settings: Settings, *, alone: bool) -> Iterator[OpenedStore]:
    """That of ``muster up`` in a directory, else that of the settings. NoStore, WorkerAtWork, AlreadyRunning."""
    with ExitStack() as opened:
        if directory is None:
            yield _postgres(settings, opened, alone=alone)
        else:
            yield _sqlite(DataDirectory(directory), opened, alone=alone)


def _sqlite(data: DataDirectory, opened: ExitStack, *, alone: bool) -> OpenedStore:
    if not data.log.exists():
        raise NoStore(f"{NoStore.__doc__} ({data.path})")
    if alone:
        data.open()
        opened.callback(data.close)
    log = opened.enter_context(closing(SqliteReader(data.log)))
    tables = opened.enter_context(closing(SqliteSideTables(data.log, now_ms)))
    store = OpenedStore(log, tables, Vault(data.keys.secret("wrapping"), os.urandom))
    if alone:
        _take(store, opened.enter_context(closing(SqliteLeases(data.log, now_ms))), HOLDER, opened)
    return store


def _postgres(settings: Settings, opened: ExitStack, *, alone: bool) -> OpenedStore:
    if not settings.store.dsn:
        raise BadSettings("which store? --data DIR of `muster up`, or the worker's settings (--config FILE)")
    wrapping = secret_of("keys.wrapping", settings.keys.wrapping)
    log = opened.enter_context(closing(PostgresLog(settings.store.dsn)))
    tables = opened.enter_context(closing(PostgresSideTables(settings.store.dsn)))
    store = OpenedStore(log, tables, Vault(wrapping, os.urandom))
    if alone:
        leases = opened.enter_context(closing(PostgresLeases(settings.store.dsn)))
        _take(store, leases, f"{socket.gethostname()}-{os.getpid()}-store", opened)
    return store


def _take(store: OpenedStore, leases: Leases, holder: str, opened: ExitStack) -> None:
    store.take(leases, holder)
    opened.callback(store.leave)
