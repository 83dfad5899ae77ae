"""TLS certificates that end soon, told by /readyz as a warning and by /metrics as a time: nobody is surprised."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from cryptography import x509
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bin.key_directory import TlsCertificate, tls_certificate
from domain.errors import NothingKnown
from handlers.records import Records
from store.log import StoreUnavailable
from wire.authorities import UntrustedAuthorities, read_statement
from wire.msgspec_codec import MsgspecCodec

WARN_DAYS = 60


class CertificateWatch(Collector):
    """Asks ``certificates`` whenever somebody asks it."""

    def __init__(
        self,
        certificates: Callable[[], Sequence[TlsCertificate]],
        clock: Callable[[], int],
        registry: CollectorRegistry,
    ) -> None:
        """``clock`` tells milliseconds since 1970."""
        self._certificates = certificates
        self._clock = clock
        registry.register(self)

    def warnings(self) -> dict[str, str]:
        """A sentence per certificate that ends within 60 days, by its name."""
        now = datetime.fromtimestamp(self._clock() / 1000, UTC)
        left = {each.name: (each.until - now).days for each in self._certificates() if each.counts}
        return {
            f"certificate {name}": f"ends in {days} days: muster ca list" if days >= 0 else "has ended: muster ca list"
            for name, days in left.items()
            if days < WARN_DAYS
        }

    def describe(self) -> Iterable[Metric]:
        """Nothing ahead of time: the store may not be open yet."""
        return []

    def collect(self) -> Iterable[Metric]:
        """When each ends."""
        family = GaugeMetricFamily(
            "muster_certificate_end_timestamp_seconds", "When a TLS certificate ends", labels=["certificate"]
        )
        for each in self._certificates():
            family.add_metric([each.name], each.until.timestamp())
        yield family


def published_authorities(records: Records) -> list[TlsCertificate]:
    """The CAs of the published set; none while the store does not answer, which others tell."""
    try:
        published = records.ca_set().published
        found = read_statement(MsgspecCodec(), published[0]) if published else None
    except (NothingKnown, StoreUnavailable, UntrustedAuthorities):
        return []
    loaded = map(x509.load_der_x509_certificate, found.certificates if found else ())
    return [tls_certificate(each.subject.rfc4514_string().removeprefix("CN="), each) for each in loaded]
