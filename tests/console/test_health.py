"""What machines that watch the server see, without a token."""

import httpx

from tests.console.site import URL, Site


def _watcher(site: Site) -> httpx.Client:
    return httpx.Client(transport=site.transport, base_url=URL)


def test_a_process_that_answers_is_alive_even_when_not_ready(site: Site) -> None:
    site.checks["worker"] = "the worker does not hold the lease yet"

    assert _watcher(site).get("/livez").status_code == 200


def test_ready_means_that_every_check_is_fine(site: Site) -> None:
    ready = _watcher(site).get("/readyz")
    site.checks |= {"worker": "no lease", "broker": False}
    not_ready = _watcher(site).get("/readyz")

    assert (ready.status_code, ready.json()) == (200, {"ready": True, "checks": {"store": {"ok": True}}})
    assert not_ready.status_code == 503
    assert not_ready.json()["checks"] == {
        "store": {"ok": True},
        "worker": {"ok": False, "detail": "no lease"},
        "broker": {"ok": False},
    }


def test_metrics_count_requests_and_orders_and_name_no_machine(site: Site) -> None:
    agent = site.agent("pc-1")
    site.client().post("/registrations/pc-1/allow", headers={"If-Match": "*"})
    site.client().get(f"/agents/{agent.fingerprint.hex()}")
    site.client().get("/nothing/pc-1")

    answer = _watcher(site).get("/metrics")

    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert 'muster_orders_total{order="AllowRegistration",outcome="done"} 1.0' in answer.text
    assert 'route="/agents/{ref}",status="200"' in answer.text
    assert "pc-1" not in answer.text
    assert agent.fingerprint.hex() not in answer.text
