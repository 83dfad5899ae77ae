"""How long nobody decides when the worker is restarted."""

import subprocess
import sys
import time

from site_of_processes import bare_environment, wait_for
from tests.bench.bench_site import BenchSite
from tests.bench.figure import Figure, Floor, Target
from tests.bench.ground import Ground

NAME = "worker-1"


def measure(ground: Ground) -> list[Figure]:
    """Until the new worker holds the lease and consumes."""
    site = ground.site
    floor = Floor(_imports_s(), "python and its imports")
    note = f"{ground.scale.agents} agents; the target is for 100,000 and 1 M events"
    site.processes[NAME].stop()
    found = [Figure("worker restarted until ready", _ready_s(site), "s", Target(10), floor, note)]
    if ground.scale.kill:
        site.processes[NAME].kill()
        note = "its lease has to run out: 6 s"
        found.append(Figure("worker killed until another is ready", _ready_s(site), "s", Target(10), floor, note))
    return found


def _ready_s(site: BenchSite) -> float:
    began = time.monotonic()
    site.start_worker(NAME)
    wait_for(lambda: site.worker_counts()["muster_worker_active"] == 1)
    return time.monotonic() - began


def _imports_s() -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "import bin.serve_worker"], env=bare_environment(), check=True)
    return time.monotonic() - began
