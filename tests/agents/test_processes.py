"""The agent as a process: one per home, asked through its socket, ended by signal or with its parent."""

import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from agents.codec import MsgpackCodec
from agents.tasks.book import Book
from tests.agents.loopback import Loopback
from wire.held import POLICY, TASK, Item, digest_of

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


def assigned(loopback: Loopback, position: int, name: str, content: dict[str, Any], kind: str = TASK) -> None:
    """One task or policy, instead of what was assigned before."""
    data = MsgpackCodec().encode(content)
    category = f"task/{name}" if kind == TASK else name
    item = Item(name.encode().ljust(16, b"."), kind, category, name, position, digest_of(data))
    loopback.server.assign(position, item, contents=[data])


def outcomes(loopback: Loopback) -> list[tuple[str, str]]:
    """What was reported of tasks, after as many call-ins as that takes."""
    events = [event for event in loopback.server.only.events if event["type"].startswith("Task")]
    return [(event["type"], event["data"].get("outcome", "")) for event in events]


def test_a_task_makes_a_running_agent_call_in_and_a_policy_sets_its_interval(
    tmp_path: Path, loopback: Loopback
) -> None:
    home = tmp_path / "home"
    with loopback.listener() as listener:
        installed(home, loopback, listener)
        assigned(loopback, 1, "agent", {"interval_s": 1, "jitter": 0}, POLICY)
        with started(home, "run", "--first-within", "0") as running:
            assert running.stdout is not None
            lines = [running.stdout.readline() for _ in range(3)]
            assigned(loopback, 2, "report", {"type": "call-in", "schedule": {"every_s": 2}})
            while "task" not in loopback.server.only.whys:
                lines.append(running.stdout.readline())
            running.send_signal(signal.SIGTERM)
            running.wait(60)

    assert all(line.startswith("call-in accepted") for line in lines)
    assert loopback.server.only.whys[:3] == ["start", "start", "interval"]


def test_a_command_is_ended_when_its_agent_was_killed_and_not_run_again(tmp_path: Path, loopback: Loopback) -> None:
    home, pid = tmp_path / "home", tmp_path / "pid"
    sleeper = f"import os, time; open(r'{pid}', 'x').write(str(os.getpid())); time.sleep(600)"
    once = {"once": datetime.now(UTC).isoformat(timespec="seconds")}
    content = {"type": "run-command", "settings": {"argv": [sys.executable, "-c", sleeper]}, "schedule": once}
    with loopback.listener() as listener:
        said = ["install", "--bootstrap", str(loopback.bootstrap(listener)), "--name", "box-1"]
        subprocess.run([*AGENT, str(home), *said, "--allow-command", sys.executable], cwd=ROOT, check=True, timeout=60)
        assigned(loopback, 1, "sleep", content)
        with started(home, "run", "--first-within", "0") as running:
            while not (pid.exists() and pid.read_text() and _is_told_of_child(home)):
                time.sleep(0.05)
            running.kill()
        orphan = psutil.Process(int(pid.read_text()))
        with started(home, "run", "--first-within", "0") as running:
            assert running.stdout is not None
            running.stdout.readline()
            gone, _ = psutil.wait_procs([orphan], timeout=60)
            running.send_signal(signal.SIGTERM)
            ended = running.wait(60)
        told(home, "call-in")

    assert (len(gone), ended) == (1, 0)
    assert outcomes(loopback) == [("TaskStarted", ""), ("TaskEnded", "interrupted")]


def _is_told_of_child(home: Path) -> bool:
    records = Book(home, MsgpackCodec()).all().values()
    return any(record.running and record.running.pid for record in records)
