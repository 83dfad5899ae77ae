"""What the console counts, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest


class Metrics:
    """Counters of requests and orders in one registry, which other parts of the process may fill too."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._requests = Counter(
            "muster_api_requests",
            "Requests by route, method and status.",
            ["route", "method", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "muster_api_request_seconds",
            "Time to answer a request.",
            ["route"],
            registry=registry,
        )
        self._orders = Counter("muster_orders", "Orders by kind and outcome.", ["order", "outcome"], registry=registry)

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """One request was answered; `route` is the template, so that no id becomes a label."""
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def order(self, order: str, outcome: str) -> None:
        """One order has its outcome."""
        self._orders.labels(order, outcome).inc()

    def text(self) -> bytes:
        """Everything in the registry, in the text format."""
        return generate_latest(self._registry)
