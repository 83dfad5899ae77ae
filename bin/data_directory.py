"""``DIR`` of ``muster up``: where everything of a single-machine deployment lives, one server at a time."""

import fcntl
import json
import os
from pathlib import Path
from typing import NamedTuple

from bin.key_directory import KeyDirectory, write_private

HOLDER = "up"
"""Of leases, at every start: the directory's lock keeps a second server out, and the lease of a killed one is ours."""


class AlreadyRunning(Exception):
    """A Muster server is running on this data directory; stop it first, or choose another with --data."""


class Ports(NamedTuple):
    """Where agents and people find this server; 0 is not chosen yet."""

    agent_port: int
    api_port: int


class DataDirectory:
    """The files of one deployment; ``lock`` keeps a second server out."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.keys = KeyDirectory(self.path / "keys")
        self.log = self.path / "log.db"
        self.reports = self.path / "reports.db"
        self.bootstrap = self.path / "bootstrap.json"
        self.admin_token = self.path / "admin-token"
        self.agents = self.path / "agents"
        self._ports = self.path / "ports"
        self._lock: int | None = None

    def open(self) -> None:
        """Make and lock the directory; raise AlreadyRunning. What is made in it later is its owner's alone."""
        os.umask(0o077)
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"{AlreadyRunning.__doc__} ({self.path})") from None

    def close(self) -> None:
        """Let the next one in."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def ports(self, asked: Ports) -> Ports:
        """The ports to listen on: those asked for, else those of the first start, else 0."""
        kept = json.loads(self._ports.read_text()) if self._ports.exists() else {}
        return Ports(
            asked.agent_port or kept.get("agent_port", 0),
            asked.api_port or kept.get("api_port", 0),
        )

    def keep_ports(self, ports: Ports) -> None:
        """Keep the ports for the next start: agents know the way by them."""
        write_private(self._ports, (json.dumps(ports._asdict()) + "\n").encode())
