"""What a frontend shows to Prometheus."""

from prometheus_client import generate_latest

from broker.messages import Verdict
from tests.frontend.world import ELSEWHERE, World


def test_counts_and_readings_are_there_to_scrape(world: World) -> None:
    world.accepted()
    bad = world.connect(ELSEWHERE)
    bad.send()
    world.answer(world.taken()[0], Verdict.BAD)
    world.clock.advance(0)

    text = generate_latest(world.registry).decode()

    assert 'muster_frontend_connections_total{outcome="admitted"} 2.0' in text
    assert 'muster_frontend_packages_total{outcome="ACCEPTED"} 1.0' in text
    assert 'muster_frontend_closed_total{cause="bad"} 1.0' in text
    assert "muster_frontend_open_connections 1.0" in text
    assert "muster_frontend_under_pressure 0.0" in text
