"""A TLS certificate that ends soon is a warning of a process that is ready, and a time in its metrics."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from prometheus_client import CollectorRegistry, generate_latest

from bin.certificate_watch import CertificateWatch, published_authorities
from bin.health import Health
from bin.key_directory import TlsCertificate
from domain.orders import ProposeAuthorities
from hand_clock import START_MS
from worker_room import WorkerRoom

NOW = datetime.fromtimestamp(START_MS / 1000, UTC)


def watch(days: int, registry: CollectorRegistry, *, counts: bool = True) -> CertificateWatch:
    ending = TlsCertificate("handler-a", NOW + timedelta(days=days), "Muster ca-1", counts)
    return CertificateWatch(lambda: [ending], lambda: START_MS, registry)


@pytest.mark.parametrize(
    ("days", "said"),
    [(61, None), (59, "ends in 59 days: muster ca list"), (0, "ends in 0 days: muster ca list"), (-1, "has ended")],
)
def test_it_warns_from_sixty_days_before_the_end(days: int, said: str | None) -> None:
    found = watch(days, CollectorRegistry()).warnings()

    assert found.get("certificate handler-a", "nothing").startswith(said or "nothing")


def test_a_ca_that_agents_do_not_believe_warns_nobody() -> None:
    assert watch(1, CollectorRegistry(), counts=False).warnings() == {}


def test_a_process_with_a_warning_is_ready_and_says_it() -> None:
    registry = CollectorRegistry()
    health = Health("127.0.0.1", 0, lambda: {"listener": True}, registry, watch(3, registry).warnings)
    try:
        with urlopen(f"http://127.0.0.1:{health.port}/readyz", timeout=10) as answer:
            status, told = answer.status, json.loads(answer.read())
    finally:
        health.close()

    assert status == 200
    assert told["warnings"] == {"certificate handler-a": "ends in 3 days: muster ca list"}
    [line] = [each for each in generate_latest(registry).decode().splitlines() if "handler-a" in each]
    assert line.startswith("muster_certificate_end_timestamp_seconds{")
    assert float(line.split()[-1]) == (NOW + timedelta(days=3)).timestamp()


def test_the_worker_watches_the_published_set(tmp_path: Path) -> None:
    room = WorkerRoom(tmp_path)
    der = room.keys.authority("ca-1").public_bytes(Encoding.DER)
    before = published_authorities(room.records)

    room.order(ProposeAuthorities([der]))

    (found,) = published_authorities(room.new_records())
    room.close()
    assert before == []
    assert (found.name, found.issuer) == ("Muster ca-1", "Muster ca-1")
