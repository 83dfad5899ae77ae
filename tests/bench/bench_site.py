"""A deployment to measure: one process per role, on RabbitMQ and a PostgreSQL that really writes to its disk."""

import time
import urllib.request
from pathlib import Path
from typing import Any

import psutil

from services.postgres import Postgres
from services.rabbitmq import Rabbit
from site_of_processes import Site, wait_for
from tests.bench.processor_time import listener_on
from tests.bench.swarm_run import Watch, swarm

CONNECTING_PER_S = 200
"""How fast agents come back before a measurement: well below what the server can take."""
_ROLES = {"site-a": "frontend", "worker-1": "worker", "projector": "projector", "console": "console"}


class BenchSite(Site):
    """Everybody may register; `registrations` is what the swarm measured when its agents did, all at once."""

    registrations: dict[str, Any]

    def __init__(self, directory: Path, rabbit: Rabbit, postgres: Postgres) -> None:
        super().__init__(directory, rabbit, postgres)
        self._services = {"rabbitmq": rabbit.port, "postgres": postgres.port}
        self._agents = 0

    def open(self, agents: int) -> None:
        """Start every process, let everybody in, register so many agents and let them call in a little."""
        self.start()
        done = self.people("registrations", "policy", "set", "allow-all")
        assert done.returncode == 0, done.stderr
        self.call_ins(rate=100, seconds=1, agents=20, home="warm-up")
        self.registrations = self.call_ins(rate=agents / 3, seconds=3, agents=agents, ramp_s=1)
        self._agents = agents
        self.wait_until_caught_up(30)

    def call_ins(
        self,
        *,
        rate: float,
        seconds: float,
        agents: int | None = None,
        mode: str = "open",
        ramp_s: float | None = None,
        home: str = "swarm",
        watch: Watch | None = None,
        **more: object,
    ) -> dict[str, Any]:
        """Let agents, the registered ones unless told otherwise, call in at this rate of all; what the swarm saw."""
        agents = agents or self._agents
        return swarm(
            self.bootstrap,
            self.directory / home,
            watch,
            rate=rate,
            duration=seconds,
            agents=agents,
            mode=mode,
            ramp=ramp_s or agents / CONNECTING_PER_S,
            timeout=15,
            **more,
        )

    def roots(self) -> dict[str, int]:
        """The process at the top of each part of the server; without what runs in a container."""
        roots = {_ROLES[name]: self._pid(name) for name in self.processes}
        for name, port in self._services.items():
            found = listener_on(port)
            if found is not None and found.name().startswith(("beam", "postgres")):
                roots[name] = found.pid
        return roots

    def worker_counts(self) -> dict[str, float]:
        """What the worker shows at /metrics."""
        [port] = [
            each.laddr.port
            for each in psutil.Process(self._pid("worker-1")).net_connections("tcp4")
            if each.status == psutil.CONN_LISTEN
        ]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[:1] != "#")}

    def wait_until_caught_up(self, timeout_s: float) -> float | None:
        """How long it took until all projections had reached the head of the log; None: longer than that."""
        began = time.monotonic()
        try:
            wait_for(lambda: self._behind() == 0, timeout_s)
        except AssertionError:
            return None
        return time.monotonic() - began

    def _behind(self) -> int:
        with self.api as api:
            rows = api.get("/projections").raise_for_status().json()["items"]
        return max(int(row["lag_events"]) for row in rows)

    def _pid(self, name: str) -> int:
        process = self.processes[name]._process
        assert process is not None
        return process.pid
