"""A program that a task runs: bounded in time and output, and ended with all that it started."""

import os
import selectors
import signal
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack, suppress

import psutil

from agents.tasks.output import Output
from agents.tasks.task_type import DONE, FAILED, INTERRUPTED, TIMED_OUT, Ended, RunContext

ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
"""Nothing of the agent's own surroundings goes to a program."""
GRACE_S = 5.0
"""Between asking to end and ending."""
_LOOK_S = 0.5
_CHUNK = 64 * 1024
_LEFT_IN_PIPE = 1024 * 1024
"""What a pipe holds at most (pipe(7), as the system comes): more than that was written after the end."""


def run_child(argv: Sequence[str], context: RunContext, grace_s: float = GRACE_S) -> Ended:
    """Run to the end, the deadline or until stopped; raise OSError when it cannot be started."""
    with subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        cwd="/",
        env=ENVIRONMENT,
    ) as process:
        output = Output()
        try:
            context.child(process.pid)
            outcome = _wait(process, output, context)
        finally:
            if process.returncode is None:
                _end(process, grace_s)
        _drain(process, output)
    if outcome:
        return Ended(outcome, None, output.text())
    return Ended(DONE if process.returncode == 0 else FAILED, process.returncode, output.text())


def end_group(pid: int) -> None:
    """End a process, its group and all that it started, at once."""
    _signal_all(pid, _family(pid), signal.SIGKILL)


def _wait(process: subprocess.Popen[bytes], output: Output, context: RunContext) -> str:
    """Empty when it ended by itself, which is then known to ``process``."""
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    with selectors.DefaultSelector() as selector, ExitStack() as opened:
        life = os.pidfd_open(process.pid)
        opened.callback(os.close, life)
        selector.register(process.stdout, selectors.EVENT_READ)
        selector.register(life, selectors.EVENT_READ)
        while True:
            if context.stopped.is_set():
                return INTERRUPTED
            if context.deadline.over:
                return TIMED_OUT
            ready = {key.fileobj for key, _ in selector.select(_LOOK_S)}
            if life in ready:
                process.wait()
                return ""
            if process.stdout in ready and not _read(process, output):
                selector.unregister(process.stdout)


def _read(process: subprocess.Popen[bytes], output: Output) -> bool:
    """False at the end of the output."""
    assert process.stdout is not None
    try:
        chunk = os.read(process.stdout.fileno(), _CHUNK)
    except BlockingIOError:
        return True
    output.add(chunk)
    return chunk != b""


def _drain(process: subprocess.Popen[bytes], output: Output) -> None:
    """What is there when the program has ended; who still holds the pipe is not waited for."""
    assert process.stdout is not None
    with suppress(BlockingIOError):
        for _ in range(_LEFT_IN_PIPE // _CHUNK):
            output.add(os.read(process.stdout.fileno(), _CHUNK))


def _end(process: subprocess.Popen[bytes], grace_s: float) -> None:
    family = _family(process.pid)
    _signal_all(process.pid, family, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(grace_s)
    _signal_all(process.pid, [*family, *_family(process.pid)], signal.SIGKILL)
    process.wait()


def _family(pid: int) -> list[psutil.Process]:
    """Its descendants: also those that have left its group."""
    with suppress(psutil.Error):
        return psutil.Process(pid).children(recursive=True)
    return []


def _signal_all(pid: int, family: list[psutil.Process], kind: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, kind)
    for each in family:
        with suppress(psutil.Error):
            each.send_signal(kind)
