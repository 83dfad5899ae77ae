"""What the worker counts; shown at /metrics."""

from prometheus_client import CollectorRegistry, Counter, Gauge

from broker.messages import Verdict
from handlers.incoming import Reply
from wire.types import type_name


class WorkerMetrics:
    """Counters of one worker process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.events = Counter("muster_worker_events", "Events committed.", registry=registry)
        self.batches = Counter("muster_worker_batches", "Transactions committed.", registry=registry)
        self.packages = Counter("muster_worker_packages", "Packages answered.", ["type", "verdict"], registry=registry)
        self.unverified = Counter("muster_worker_unverified", "Packages nobody proved.", ["reason"], registry=registry)
        self.refused = Counter("muster_worker_refused", "Packages refused, by reason.", ["reason"], registry=registry)
        self.unprocessable = Counter("muster_worker_unprocessable", "Items that failed twice alone.", registry=registry)
        self._answered: dict[tuple[int, Verdict], Counter] = {}
        self.active = Gauge("muster_worker_active", "1 while this worker holds the lease.", registry=registry)

    def committed(self, events: int) -> None:
        """A batch is in the log."""
        self.events.inc(events)
        self.batches.inc()

    def answered(self, reply: Reply) -> None:
        """A package got its answer."""
        kind = (reply.incoming.header.type, reply.verdict)
        if kind not in self._answered:
            # An agent may send any of 256 type numbers: few enough for labels.
            self._answered[kind] = self.packages.labels(type_name(kind[0]), kind[1].name.lower())
        self._answered[kind].inc()
        if reason := reply.content.get("reason"):
            self.refused.labels(reason).inc()
