"""`muster store rebuild` in a deployment of processes: refused beside a worker; what it mended counts afterwards."""

import subprocess
from pathlib import Path

import psycopg
import pytest

from site_of_processes import Site, muster, wait_for

pytestmark = pytest.mark.services
Ran = subprocess.CompletedProcess[str]


def test_damaged_side_tables_are_found_beside_a_worker_and_mended_without_one(site: Site, tmp_path: Path) -> None:
    site.start()
    home = tmp_path / "a"
    assert site.people("registrations", "policy", "set", "allow-all").returncode == 0
    assert site.agent(home, "install", "--bootstrap", str(site.bootstrap), "--name", "pc-1").returncode == 0
    assert site.agent(home, "call-in").returncode == 0
    for order in (["groups", "create", "/Servers"], ["agents", "move", "pc-1", "--to", "/Servers"]):
        assert site.people(*order).returncode == 0
    with psycopg.connect(site.owner_dsn) as owner:
        owner.execute("DELETE FROM log.placements")
        owner.execute("DELETE FROM log.resource_keys")

    looked = _rebuild(site, "--check")
    refused = _rebuild(site)
    site.processes["worker-1"].stop()
    found = wait_for(lambda: _mended(site))
    assert found is not None
    mended, again = found
    site.start_worker("worker-2")

    assert (looked.returncode, refused.returncode, mended.returncode, again.returncode) == (4, 1, 0, 0)
    assert "placements: 1 rows, 1 missing: not as the log says" in looked.stdout
    assert "A worker is at work" in refused.stderr
    assert mended.stdout.count(": mended") == 2
    assert again.stdout.count("all as the log says") == 4
    kept = site.people("groups", "delete", "/Servers")
    assert (kept.returncode, "1 agent" in kept.stderr) == (4, True)


def _mended(site: Site) -> tuple[Ran, Ran] | None:
    done = _rebuild(site)
    return (done, _rebuild(site)) if done.returncode == 0 else None


def _rebuild(site: Site, *more: str) -> Ran:
    environment = {"MUSTER_STORE_DSN_FILE": site._dsns["worker"]} | site._key_files()
    return muster("store", "rebuild", *more, environment=environment)
