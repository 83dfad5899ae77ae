"""A server restored from a copy that is older than an agent's key: the agent is taken back as who it is."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agents.identity import load_identity
from site_of_processes import bare_environment, muster

pytestmark = pytest.mark.services


@contextmanager
def up(data: Path) -> Iterator[None]:
    """A whole server in one process, as long as the context lasts."""
    server = subprocess.Popen(
        [sys.executable, "-m", "bin.muster", "up", "--data", str(data), "--log-level", "ERROR"],
        env=bare_environment(),
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None
        assert server.stdout.readline().startswith("ready agent=")
        yield
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)


def listed(data: Path, what: str) -> list[dict[str, Any]]:
    done = muster("--data", str(data), what, "list", "-o", "json")
    assert done.returncode == 0, done.stderr
    items: list[dict[str, Any]] = json.loads(done.stdout)["items"]
    return items


@pytest.mark.parametrize("changes", [1, 2])
def test_an_agent_that_changed_its_key_since_is_the_same_agent(tmp_path: Path, changes: int) -> None:
    data, backup, home = tmp_path / "data", tmp_path / "backup", tmp_path / "agent"
    with up(data):
        assert muster("--data", str(data), "registrations", "policy", "set", "allow-all").returncode == 0
        bootstrap = str(data / "bootstrap.json")
        assert (
            muster("agent", "--home", str(home), "install", "--bootstrap", bootstrap, "--name", "pc-1").returncode == 0
        )
        assert muster("agent", "--home", str(home), "call-in").returncode == 0
        (before,) = listed(data, "agents")
    shutil.copytree(data, backup)
    with up(data):
        for _ in range(changes):
            assert muster("agent", "--home", str(home), "rekey").returncode == 0
    shutil.rmtree(data)
    backup.rename(data)

    with up(data):
        first = muster("agent", "--home", str(home), "call-in", "-o", "json")
        idle = muster("agent", "--home", str(home), "call-in", "-o", "json")
        (after,) = listed(data, "agents")
        pending = [each for each in listed(data, "registrations") if each["status"] == "Pending"]

    assert [json.loads(each.stdout)["outcome"] for each in (first, idle)] == ["accepted", "accepted"]
    assert after["agent_id"] == before["agent_id"]
    assert after["registration_id"] == load_identity(home).fingerprint.hex() != before["registration_id"]
    assert pending == []
