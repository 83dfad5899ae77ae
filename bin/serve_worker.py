"""The worker: takes commands and orders from RabbitMQ, decides, commits to PostgreSQL; one works, others stand by."""

import base64
import os
import socket
import threading

from prometheus_client import CollectorRegistry

from bin.certificate_watch import CertificateWatch, published_authorities
from bin.clock import now_ms
from bin.health import Health
from bin.secret import secret_of
from bin.settings import BadSettings, Settings
from bin.until_told import until_told
from broker.rabbit_worker import RabbitWorkerBus
from domain.resource_keys import SharedKeys
from handlers.answering_key import answering_key
from handlers.deployment import Deployment
from handlers.metrics import WorkerMetrics
from handlers.records import Records
from handlers.shift import OrderKeys, Shift
from handlers.worker import Worker
from store.keyring import Keyring
from store.log import Fence
from store.mapper import EventMapper
from store.postgres_leases import PostgresLeases
from store.postgres_log import PostgresLog
from store.vault import Vault
from wire.keys import PublicKey, UnusableKey, load_public_key


def _root_key(text: str) -> PublicKey | None:
    """The root key as the bootstrap file has it; without it no certificate can be installed."""
    try:
        return load_public_key(base64.b64decode(text, validate=True)) if text else None
    except (ValueError, UnusableKey) as error:
        raise BadSettings(f"deployment.root_key: {error}") from error


def serve_worker(settings: Settings) -> int:
    """Run until SIGTERM; the batch under way is committed, its answers are sent."""
    log = PostgresLog(settings.store.dsn)
    vault = Vault(secret_of("keys.wrapping", settings.keys.wrapping), os.urandom)
    keys = OrderKeys(secret_of("keys.order", settings.keys.order), secret_of("keys.reply", settings.keys.reply))
    registry = CollectorRegistry()
    metrics = WorkerMetrics(registry)

    def records() -> Records:
        return Records(log, EventMapper(Keyring(vault, log.subject)))

    deployment = Deployment(
        answering_key(records()),
        now_ms,
        os.urandom,
        epoch=settings.deployment.epoch,
        interval_s=settings.deployment.interval_s,
        pending_retry_s=settings.deployment.pending_retry_s,
        slots_above=settings.deployment.slots_above,
        shared_keys=SharedKeys(settings.deployment.shared_resource_keys, settings.deployment.shared_mac_prefixes),
        root=_root_key(settings.deployment.root_key),
    )

    def shift(fence: Fence) -> Shift:
        return Shift(deployment, records(), fence, keys, metrics)

    worker = Worker(
        f"{socket.gethostname()}-{os.getpid()}",
        PostgresLeases(settings.store.dsn),
        lambda: RabbitWorkerBus(settings.broker.url),
        shift,
    )
    metrics.active.set_function(lambda: float(worker.working.is_set()))
    until_told(worker.stop)
    watch = CertificateWatch(lambda: published_authorities(records()), now_ms, registry)
    thread = threading.Thread(target=worker.run, name="muster-worker")
    health = None
    if settings.health.port:
        health = Health(
            settings.health.host, settings.health.port, lambda: {"thread": thread.is_alive()}, registry, watch.warnings
        )
    thread.start()
    while thread.is_alive():
        thread.join(0.5)
    if health is not None:
        health.close()
    log.close()
    return 0
