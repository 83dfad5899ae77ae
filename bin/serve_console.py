"""The console: the people's API over the reports, orders to the worker through RabbitMQ."""

import os
import secrets
import threading
from pathlib import Path

from prometheus_client import CollectorRegistry

from bin.built import built
from bin.clock import now_ms
from bin.secret import secret_of
from bin.settings import Settings
from bin.until_told import until_told
from broker.rabbit_orders import RabbitOrderBus
from console.app import create_app
from console.orders import Orders
from console.server import ApiServer
from projections.postgres_database import PostgresReports
from projections.reports import Reports
from store.keyring import Keyring
from store.mapper import EventMapper
from store.postgres_log import PostgresLog
from store.vault import Vault


def serve_console(settings: Settings) -> int:
    """Run until SIGTERM; requests under way are finished."""
    log = PostgresLog(settings.store.dsn)
    vault = Vault(secret_of("keys.wrapping", settings.keys.wrapping), os.urandom)
    reports = Reports(
        PostgresReports(settings.store.reports_dsn),
        log,
        EventMapper(Keyring(vault, log.subject)),
        clock=now_ms,
        blocked_listed_days=settings.deployment.blocked_listed_days,
        interval_s=settings.deployment.interval_s,
    )
    bus = RabbitOrderBus(settings.broker.url)
    order, reply = (secret_of(f"keys.{name}", getattr(settings.keys, name)) for name in ("order", "reply"))
    app = create_app(
        reports,
        Orders(bus, order, reply, now_ms, os.urandom),
        clock_ms=now_ms,
        random=secrets.token_bytes,
        ready=lambda: {"reports": built(reports)},
        registry=CollectorRegistry(),
        seal=vault.seal,
    )
    api = settings.api
    tls = (Path(api.certificate_path), Path(api.key_path)) if api.certificate_path else None
    server = ApiServer(app, api.host, api.port, tls=tls, behind_proxy=api.behind_proxy)
    told = threading.Event()
    until_told(told)
    server.start()
    told.wait()
    server.stop()
    bus.close()
    log.close()
    return 0
