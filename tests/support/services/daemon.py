"""One server process in the foreground of a session of its own, ended by its process id."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from services.guard import Guard


class DaemonFailed(Exception):
    """A private server for tests ended at once or did not answer in time; the end of its log follows."""


class Daemon:
    """Start, await, stop and kill one program; its output goes to a file."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str],
        log: Path,
        guard: Guard,
        user: str | None = None,
    ) -> None:
        self._argv, self._environment, self._log = list(argv), dict(environment), log
        self._guard, self._user = guard, user
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, ready: Callable[[], bool], timeout_s: float = 90) -> None:
        """Run the program and return when `ready` says so; raise DaemonFailed otherwise."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._argv,
                env=self._environment,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                close_fds=True,
                start_new_session=True,
                user=self._user,
                group=self._user,
                extra_groups=None if self._user is None else [],
            )
        self._guard.watch(self._process.pid)
        deadline = time.monotonic() + timeout_s
        while not ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise DaemonFailed(f"{self._argv[0]}\n{self._last_lines()}")
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGTERM, timeout_s: float = 60) -> None:
        """Ask the program to end and wait for it; what is left of its group is killed."""
        if self._process is None:
            return
        self._process.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout_s)
        self.kill()

    def send(self, what: signal.Signals) -> None:
        """Send a signal to the program, e.g. to hold it still and let it go on."""
        assert self._process is not None
        self._process.send_signal(what)

    def kill(self) -> None:
        """End the whole process group at once, as a power cut would."""
        if self._process is None:
            return
        # PostgreSQL's backends are groups of their own: they outlive the server for a moment and would still commit.
        children = _children(self._process.pid)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        psutil.wait_procs(children, timeout=10)
        self._process.wait()
        self._guard.forget(self._process.pid)
        self._process = None

    def _last_lines(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-30:])


def _children(pid: int) -> list[psutil.Process]:
    """All descendants of a process; none when it has ended."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
