"""Rings the bell when PostgreSQL says that the log may have grown."""

from threading import Event, Lock, Thread

import psycopg

from store.bell import Bell
from store.log import StoreUnavailable
from store.postgres_committer import CHANNEL
from store.postgres_connect import connect

STOP_WITHIN_S = 0.25
RECONNECT_AFTER_S = 1.0


class PostgresBell(Bell):
    """Listens in a thread that starts with the first who waits; while it cannot listen, waiters look themselves."""

    def __init__(self, dsn: str, look_every_s: float) -> None:
        super().__init__(look_every_s)
        self._dsn = dsn
        self._stopped = Event()
        self._starting = Lock()
        self._listener = Thread(target=self._listen_until_stopped, name="muster log bell", daemon=True)

    def start(self) -> None:
        """Begin to listen; a second time changes nothing."""
        with self._starting:
            if self._listener.ident is None:
                self._listener.start()

    def stop(self) -> None:
        """Stop listening and wait for the thread to end."""
        self._stopped.set()
        if self._listener.ident is not None:
            self._listener.join()

    def _listen_until_stopped(self) -> None:
        while not self._stopped.is_set():
            try:
                self._listen()
            except (psycopg.OperationalError, StoreUnavailable):
                self._stopped.wait(RECONNECT_AFTER_S)

    def _listen(self) -> None:
        with connect(self._dsn, "muster-listener") as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            self.ring()
            while not self._stopped.is_set():
                for _ in connection.notifies(timeout=STOP_WITHIN_S, stop_after=1):
                    self.ring()
