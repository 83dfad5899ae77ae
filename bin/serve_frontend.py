"""The frontend: the TLS listener agents talk to; stateless, holds neither data nor signing keys."""

import random
import sys
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from bin.certificate_files import follow_files, look_when_told
from bin.certificate_watch import CertificateWatch
from bin.clock import now_ms
from bin.health import Health
from bin.key_directory import tls_certificate
from bin.reactor import the_reactor
from bin.settings import Settings
from broker.rabbit_frontend import RabbitFrontendBus
from frontend.limits import Limits
from frontend.line_stream import LineStream
from frontend.listener import Frontend
from frontend.tls import ServerTls
from frontend.turns import pace
from wire.msgspec_codec import MsgspecCodec


def serve_frontend(settings: Settings) -> int:
    """Run until SIGTERM; then nothing more is accepted, packages in flight are answered."""
    reactor = the_reactor()
    chosen = settings.frontend
    registry = CollectorRegistry()
    tls = ServerTls(chosen.certificate.encode(), chosen.key.encode())
    handed_over: Any = tls  # zope's interfaces are no types to mypy
    limits = Limits(
        connections=chosen.connections,
        connections_per_address=chosen.connections_per_address,
        connections_per_proven_address=chosen.connections_per_proven_address,
        accepts_per_s=chosen.accepts_per_s,
        idle_s=chosen.idle_s,
    )
    frontend = Frontend(
        reactor,
        RabbitFrontendBus(reactor, settings.broker.url),
        handed_over,
        limits,
        MsgspecCodec(),
        now_ms,
        random.SystemRandom(),
        registry,
        LineStream(sys.stderr, now_ms, json_lines=settings.log_json),
    )
    frontend.start(chosen.host, chosen.port)
    watch = CertificateWatch(lambda: [tls_certificate(f"handler-{chosen.name}", tls.certificate)], now_ms, registry)
    if chosen.certificate_from and chosen.key_from:
        used = chosen.certificate.encode(), chosen.key.encode()
        files = Path(chosen.certificate_from), Path(chosen.key_from)
        look_when_told(follow_files(tls, used, reactor, files), reactor)
    if settings.health.port:
        Health(
            settings.health.host,
            settings.health.port,
            lambda: {"listener": frontend.ready or "the port is not open or the broker does not take packages"},
            registry,
            watch.warnings,
        )
    reactor.addSystemEventTrigger("before", "shutdown", frontend.drain)
    pace(reactor, limits.turns_apart_s)
    reactor.run()
    return 0
