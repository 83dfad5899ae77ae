"""Programs: only allowed ones, never a shell, bounded in time and output, ended with all that they started."""

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from agents.deadline import Deadline
from agents.settings import Settings
from agents.tasks.child import run_child
from agents.tasks.output import Output
from agents.tasks.run_command import RunCommand
from agents.tasks.task_type import CannotRun, Ended, RunContext

PYTHON = sys.executable
SHELL = "/bin/sh"


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Given:
    """What a run is given, and what it tells."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.stopped = threading.Event()
        self.pids: list[int] = []
        self.context = RunContext(Deadline(self.clock, 60), self.stopped, lambda _: "", self.pids.append)

    def over(self) -> None:
        """The time limit is reached."""
        self.clock.now = 100.0


@pytest.fixture
def given() -> Given:
    return Given()


def command(argv: Any, given: Given, *allowed: str) -> Ended:
    settings = Settings("", "", None, "p256", allow_commands=allowed)
    return RunCommand(settings).run({"argv": argv}, given.context)


def python(code: str, given: Given) -> Ended:
    return command([PYTHON, "-c", code], given, PYTHON)


def until(condition: Callable[[], bool]) -> None:
    for _ in range(3_000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come to pass")


def test_a_program_runs_with_its_arguments_and_what_it_prints_is_told(given: Given) -> None:
    ended = python("import sys; print('out'); sys.stdout.flush(); print('err', file=sys.stderr); sys.exit(3)", given)

    assert ended == Ended("failed", 3, "out\nerr\n")
    assert python("pass", given) == Ended("done", 0, "")


def test_nothing_is_allowed_until_somebody_says_so(given: Given) -> None:
    with pytest.raises(CannotRun, match="is not allowed on this machine"):
        command([PYTHON, "-c", "pass"], given)
    assert given.pids == []


@pytest.mark.parametrize("path", ["python3", "./python3", f"{PYTHON}/", "/bin/../bin/sh"])
def test_only_the_very_path_is_allowed(given: Given, path: str) -> None:
    with pytest.raises(CannotRun, match="is not allowed"):
        command([path], given, PYTHON, SHELL)


def test_arguments_are_no_shells(given: Given, tmp_path: Path) -> None:
    ended = command(["/bin/echo", "$HOME", f"; touch {tmp_path}/x", "`id`"], given, "/bin/echo")

    assert ended.output == f"$HOME ; touch {tmp_path}/x `id`\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"argv": "ls /"},
        {"argv": []},
        {"argv": [7]},
        {"argv": ["/bin/echo", "a\0b"]},
        {"argv": ["/bin/echo"] * 65},
        {"argv": ["/bin/echo", "x" * 4_097]},
        {"argv": ["/bin/echo"], "env": {}},
    ],
)
def test_what_is_no_list_of_texts_is_refused(given: Given, settings: dict[str, Any]) -> None:
    allowed = Settings("", "", None, "p256", allow_commands=("/bin/echo",))

    with pytest.raises(CannotRun, match="argv"):
        RunCommand(allowed).run(settings, given.context)


def test_what_no_program_can_be_told_cannot_be_run(given: Given) -> None:
    with pytest.raises(CannotRun, match="surrogates"):
        command(["/bin/echo", "\ud800"], given, "/bin/echo")


def test_a_program_that_is_not_there_cannot_be_run(given: Given) -> None:
    with pytest.raises(CannotRun, match="No such file"):
        command(["/no/such/program"], given, "/no/such/program")


def test_nothing_of_the_agents_surroundings_goes_along(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "swordfish")

    ended = python(
        "import os; print(sorted(os.environ)); print(os.getcwd()); print(len(os.listdir('/proc/self/fd')))", given
    )

    assert "SECRET" not in ended.output
    assert ended.output.splitlines()[1:] == ["/", "4"]


def test_endless_output_is_bounded_and_keeps_nobody_waiting(given: Given) -> None:
    ended = python("print('first'); print('y' * 5_000_000); print('last')", given)

    assert ended.exit == 0
    assert len(ended.output) <= 4_096
    assert ended.output.startswith("first\n")
    assert ended.output.endswith("last\n")
    assert "bytes left out" in ended.output


def test_at_the_limit_it_is_ended_with_all_that_it_started(given: Given, tmp_path: Path) -> None:
    lasting = "import time; time.sleep(600)"
    code = f"""
import subprocess, sys
kinds = [{{}}, {{"start_new_session": True}}]
children = [subprocess.Popen([sys.executable, "-c", "{lasting}"], **kind) for kind in kinds]
open(r"{tmp_path}/pids.new", "w").write(" ".join(str(child.pid) for child in children))
import os; os.rename(r"{tmp_path}/pids.new", r"{tmp_path}/pids")
print("begun", flush=True)
{lasting}
"""
    ends: list[Ended] = []
    thread = threading.Thread(target=lambda: ends.append(python(code, given)))
    thread.start()
    until(lambda: (tmp_path / "pids").exists() or bool(ends))
    children = [int(pid) for pid in (tmp_path / "pids").read_text().split()]

    given.over()
    thread.join(60)

    assert ends == [Ended("timed_out", None, "begun\n")]
    until(lambda: not any(_lives(pid) for pid in [*children, *given.pids]))


def test_one_that_will_not_listen_is_killed(given: Given) -> None:
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    ends: list[Ended] = []
    thread = threading.Thread(target=lambda: ends.append(run_child([PYTHON, "-c", code], given.context, grace_s=0.05)))
    thread.start()
    until(lambda: bool(given.pids))

    given.stopped.set()
    thread.join(60)

    assert [ended.outcome for ended in ends] == ["interrupted"]
    assert not _lives(given.pids[0])


def test_a_daemon_that_keeps_the_pipe_is_not_waited_for(given: Given) -> None:
    code = "import subprocess; print(subprocess.Popen(['/bin/sleep', '600'], start_new_session=True).pid)"

    ended = python(code, given)

    psutil.Process(int(ended.output)).kill()
    assert (ended.outcome, ended.exit) == ("done", 0)


def test_an_output_is_its_beginning_and_its_end() -> None:
    output = Output()
    for at in range(10_000):
        output.add(f"{at}\n".encode())
    output.add(b"\xff")

    text = output.text()
    assert len(text) <= 4_096
    assert text.startswith("0\n1\n")
    assert text.endswith("9999\n\ufffd")


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_the_id_of_the_process_is_told_at_once(given: Given) -> None:
    python("pass", given)

    assert len(given.pids) == 1
    assert given.pids[0] != os.getpid()
