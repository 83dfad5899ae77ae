"""What a frontend counts. Counting is adding to plain integers; Prometheus reads them when it asks."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

Readings = Callable[[], Mapping[str, float]]

_COUNTED = {
    "connections": ("Connections let in, or the cap that closed them", "outcome"),
    "packages": ("Well-formed packages by what became of them", "outcome"),
    "closed": ("Connections closed for cause", "cause"),
}


class Counts:
    """Totals since the start, by outcome."""

    def __init__(self) -> None:
        self.connections: Counter[str] = Counter()
        self.packages: Counter[str] = Counter()
        self.closed: Counter[str] = Counter()


class FrontendCollector(Collector):
    """Shows the counts, and what `readings` says of the present moment, as `muster_frontend_*`."""

    def __init__(self, counts: Counts, readings: Readings, registry: CollectorRegistry) -> None:
        self._counts = counts
        self._readings = readings
        registry.register(self)

    def describe(self) -> Iterable[Metric]:
        """Nothing ahead of time: what there is to read exists only once the frontend runs."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Current values."""
        for name, (help_text, label) in _COUNTED.items():
            family = CounterMetricFamily(f"muster_frontend_{name}", help_text, labels=[label])
            for outcome, total in getattr(self._counts, name).items():
                family.add_metric([outcome], total)
            yield family
        for name, value in self._readings().items():
            yield GaugeMetricFamily(f"muster_frontend_{name}", name.replace("_", " "), value)
