"""The projector: follows the log into the reports, on PostgreSQL; one works, others stand by."""

import os
import socket
import threading

from prometheus_client import CollectorRegistry

from bin.clock import now_ms
from bin.health import Health
from bin.secret import secret_of
from bin.settings import Settings
from bin.until_told import until_told
from projections.postgres_database import SCHEMA, PostgresDatabase
from projections.runner import Projector
from store.keyring import Keyring
from store.mapper import EventMapper
from store.postgres_leases import PostgresLeases
from store.postgres_log import PostgresLog
from store.vault import Vault


def serve_projector(settings: Settings) -> int:
    """Run until SIGTERM; the page under way is committed."""
    log = PostgresLog(settings.store.dsn)
    vault = Vault(secret_of("keys.wrapping", settings.keys.wrapping), os.urandom)
    told = threading.Event()
    projector = Projector(
        PostgresDatabase(settings.store.reports_dsn, settings.store.reader_role or None),
        log,
        EventMapper(Keyring(vault, log.subject)),
        PostgresLeases(settings.store.reports_dsn, SCHEMA),
        holder=f"{socket.gethostname()}-{os.getpid()}",
        clock=now_ms,
    )
    until_told(told)
    thread = threading.Thread(target=lambda: projector.run(told), name="muster-projector")
    thread.start()
    health = None
    if settings.health.port:
        checks = {"thread": thread.is_alive}
        health = Health(
            settings.health.host,
            settings.health.port,
            lambda: {name: check() for name, check in checks.items()},
            CollectorRegistry(),
        )
    while thread.is_alive():
        thread.join(0.5)
    if health is not None:
        health.close()
    log.close()
    return 0
