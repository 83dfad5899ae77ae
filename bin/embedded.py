"""Everything in one process: SQLite, in-process broker, worker and projector threads, frontend, API."""

import logging
import os
import random
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from prometheus_client import CollectorRegistry
from twisted.internet.defer import Deferred

from bin.bootstrap_file import HandlerAddress, write_bootstrap
from bin.built import built
from bin.ca import is_due
from bin.certificate_files import follow_files
from bin.certificate_watch import CertificateWatch
from bin.clock import now_ms
from bin.data_directory import HOLDER, DataDirectory, Ports
from bin.founding import found
from bin.settings import DeploymentSettings
from broker.in_process import InProcessBroker
from console.app import create_app
from console.orders import Orders
from console.server import ApiServer
from domain.resource_keys import SharedKeys
from frontend.limits import Limits
from frontend.line_stream import LineStream
from frontend.listener import Frontend
from frontend.tls import ServerTls
from handlers.answering_key import answering_key
from handlers.deployment import AnsweringKey, Deployment
from handlers.metrics import WorkerMetrics
from handlers.records import Records
from handlers.shift import OrderKeys, Shift
from handlers.worker import Worker
from projections.reports import Reports
from projections.runner import Projector
from projections.sqlite_database import SqliteDatabase, SqliteReports
from store.keyring import Keyring
from store.log import Fence
from store.mapper import EventMapper
from store.sqlite_leases import SqliteLeases
from store.sqlite_log import SqliteLog
from store.vault import Vault
from wire.keys import sign
from wire.msgspec_codec import MsgspecCodec

HANDLER = "up"
FILE = f"handler-{HANDLER}"
LOOPBACK = "127.0.0.1"
_log = logging.getLogger("muster.up")


class Embedded:
    """A whole server on one data directory; ``ports`` is known after ``start``."""

    def __init__(self, data: DataDirectory, reactor: Any, *, host: str, settings: DeploymentSettings) -> None:
        self._data = data
        self._reactor = reactor
        self._host = host
        self._settings = settings
        self.ports = Ports(0, 0)
        self.registry = CollectorRegistry()
        self._deployment_name = f"muster-{socket.gethostname()}"[:64]
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, asked: Ports) -> None:
        """Found the deployment if need be, start every part, keep the ports."""
        self._data.keys.prepare(founded=self._data.log.exists())
        self._broker = InProcessBroker()
        self._watch = CertificateWatch(self._data.keys.tls_certificates, now_ms, self.registry)
        self._open_store()
        self._start_worker()
        self._start_projector()
        wanted = self._data.ports(asked)
        agent_port = self._start_frontend(wanted.agent_port)
        self.ports = Ports(agent_port, self._start_api(wanted.api_port))
        self._data.keep_ports(self.ports)
        handlers = [HandlerAddress(HANDLER, self._host, agent_port)]
        write_bootstrap(self._data.bootstrap, self._deployment_name, self._data.keys, handlers)

    def ready(self) -> Mapping[str, bool | str]:
        """Checks by name: True when fine, else what is wrong."""
        return {
            "worker": self._worker.working.is_set() or "the worker does not hold the lease yet",
            "reports": built(self._reports),
            "frontend": self._frontend.ready or "the listener is not open or waits for the worker",
        }

    def wait_until_ready(self, timeout_s: float = 30.0) -> None:
        """Return when the worker works; log what is missing when it takes too long."""
        deadline = time.monotonic() + timeout_s
        while not all(check is True for check in self.ready().values()):
            if time.monotonic() > deadline:
                _log.warning("not ready after %.0f s: %s", timeout_s, dict(self.ready()))
                return
            self._stopping.wait(0.02)

    def stop(self) -> Deferred[None]:
        """Drain the frontend, then stop worker, projector and API; fires when all has ended."""
        drained = self._frontend.drain()
        drained.addBoth(lambda _: self._stop_rest())
        return drained

    def _stop_rest(self) -> None:
        self._api.stop()
        self._worker.stop.set()
        self._stopping.set()
        for thread in self._threads:
            thread.join(10)
        self._orders_bus.close()
        self._log.close()

    def _open_store(self) -> None:
        self._vault = Vault(self._data.keys.secret("wrapping"), os.urandom)
        self._log = SqliteLog(self._data.log, now_ms)
        self._leases = SqliteLeases(self._data.log, now_ms)
        records = self._records()
        found(self._data.keys, records, self._leases, self._deployment(None), self._data.admin_token)
        self._answering = self._deployment(answering_key(records))

    def _records(self) -> Records:
        return Records(self._log, EventMapper(Keyring(self._vault, self._log.subject)))

    def _deployment(self, key: AnsweringKey | None) -> Deployment:
        # Read once: moved away while this runs, it is elsewhere from the next start on.
        root = self._data.keys.root_here()
        return Deployment(
            key,  # type: ignore[arg-type]
            now_ms,
            os.urandom,
            epoch=self._settings.epoch,
            interval_s=self._settings.interval_s,
            pending_retry_s=self._settings.pending_retry_s,
            slots_above=self._settings.slots_above,
            shared_keys=SharedKeys(self._settings.shared_resource_keys, self._settings.shared_mac_prefixes),
            root=self._data.keys.root_public(),
            root_sign=None if root is None else partial(sign, root),
        )

    def _start_worker(self) -> None:
        keys = OrderKeys(self._data.keys.secret("order"), self._data.keys.secret("reply"))
        metrics = WorkerMetrics(self.registry)

        def shift(fence: Fence) -> Shift:
            return Shift(self._answering, self._records(), fence, keys, metrics)

        self._worker = Worker(HOLDER, self._leases, self._broker.worker_bus, shift)
        metrics.active.set_function(lambda: float(self._worker.working.is_set()))
        self._spawn("worker", self._worker.run)

    def _start_projector(self) -> None:
        self._projector = Projector(
            SqliteDatabase(self._data.reports, now_ms),
            self._log,
            EventMapper(Keyring(self._vault, self._log.subject)),
            SqliteLeases(self._data.reports, now_ms),
            holder=HOLDER,
            clock=now_ms,
        )
        self._projector_thread = self._spawn("projector", lambda: self._projector.run(self._stopping))

    def _start_frontend(self, port: int) -> int:
        certificate = self._data.keys.handler(self._deployment_name, HANDLER)
        if any(is_due(each, datetime.now(UTC)) for each in self._data.keys.tls_certificates() if each.name == FILE):
            self._data.keys.renew_handler(HANDLER, self._data.keys.pinned()[0])
            certificate = self._data.keys.handler(self._deployment_name, HANDLER)
        tls = ServerTls(certificate.certificate_pem, certificate.key_pem)
        used = certificate.certificate_pem, certificate.key_pem
        follow_files(tls, used, self._reactor, self._data.keys.handler_files(HANDLER))
        handed_over: Any = tls  # zope's interfaces are no types to mypy
        self._frontend = Frontend(
            self._reactor,
            self._broker.frontend_bus(HANDLER, self._reactor.callFromThread),
            handed_over,
            Limits(idle_s=2.5 * self._settings.interval_s),
            MsgspecCodec(),
            now_ms,
            random.SystemRandom(),
            self.registry,
            LineStream(sys.stderr, now_ms),
        )
        found: list[int] = []
        self._frontend.start(self._host, port).addCallback(found.append)
        return found[0]

    def _start_api(self, port: int) -> int:
        self._orders_bus = self._broker.order_bus()
        keys = self._data.keys
        orders = Orders(self._orders_bus, keys.secret("order"), keys.secret("reply"), now_ms, os.urandom)
        self._reports = Reports(
            SqliteReports(self._data.reports),
            self._log,
            self._records().mapper,
            clock=now_ms,
            blocked_listed_days=self._settings.blocked_listed_days,
            interval_s=self._settings.interval_s,
        )
        app = create_app(
            self._reports,
            orders,
            clock_ms=now_ms,
            random=secrets.token_bytes,
            ready=self.ready,
            registry=self.registry,
            seal=self._vault.seal,
            warnings=self._watch.warnings,
        )
        self._api = ApiServer(app, LOOPBACK, port)
        self._api.start()
        return self._api.port

    def _spawn(self, name: str, run: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=run, name=f"muster-{name}", daemon=True)
        thread.start()
        self._threads.append(thread)
        return thread
