"""The agent as a process: one per home, asked through its socket, ended by signal or with its parent."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.agents.loopback import Loopback

pytestmark = pytest.mark.services
ROOT = Path(__file__).parents[2]
AGENT = [sys.executable, "-c", "import sys; from agents.main import main; sys.exit(main(sys.argv[1:]))", "--home"]


def started(home: Path, *said: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*AGENT, str(home), *said], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def told(home: Path, *said: str) -> tuple[int, Any]:
    done = subprocess.run(
        [*AGENT, str(home), *said, "-o", "json"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    return done.returncode, json.loads(done.stdout)


def installed(home: Path, loopback: Loopback, listener: Any) -> None:
    said = ["install", "--bootstrap", str(loopback.bootstrap(listener)), "--name", "box-1"]
    subprocess.run([*AGENT, str(home), *said], cwd=ROOT, check=True, timeout=60, stdout=subprocess.DEVNULL)


def test_while_an_agent_runs_it_is_asked_through_its_home(tmp_path: Path, loopback: Loopback) -> None:
    home = tmp_path / "home"
    with loopback.listener() as listener:
        installed(home, loopback, listener)
        with started(home, "run", "--first-within", "0") as running:
            assert running.stdout is not None
            first = running.stdout.readline()
            code, asked = told(home, "call-in", "--full")
            status = told(home, "status")
            second = subprocess.run([*AGENT, str(home), "run"], cwd=ROOT, capture_output=True, text=True, timeout=60)
            running.send_signal(signal.SIGTERM)
            ended = running.wait(60)

    assert first.startswith("call-in accepted")
    assert (code, asked["outcome"]) == (0, "accepted")
    assert status[1]["registration"] == "allowed"
    assert (second.returncode, ended) == (4, 0)
    assert loopback.server.only.whys == ["start", "manual"]
    assert [event["type"] for event in loopback.server.only.events] == ["AgentStarted"]


def test_an_agent_ends_with_its_parent(tmp_path: Path, loopback: Loopback) -> None:
    home = tmp_path / "home"
    with loopback.listener() as listener:
        installed(home, loopback, listener)
        with started(home, "run", "--exit-with-parent", "--first-within", "0") as running:
            assert running.stdin is not None
            assert running.stdout is not None
            running.stdout.readline()
            running.stdin.close()

            assert running.wait(60) == 0


def test_an_agent_killed_while_it_waits_goes_on_where_it_was(tmp_path: Path, loopback: Loopback) -> None:
    home = tmp_path / "home"
    with loopback.listener() as listener:
        installed(home, loopback, listener)
        told(home, "call-in")
        listener.mute = True
        with started(home, "call-in") as calling:
            assert listener.unanswered.wait(60)
            calling.kill()
        listener.mute = False
        code, _ = told(home, "call-in")

    assert code == 0
    assert loopback.server.numbers == [1, 2, 3]
