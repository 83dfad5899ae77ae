"""A small process that outlives the test run by a moment and ends what the run left behind.

Finalizers clean up after a normal end and after Ctrl-C; this one also covers a run that was killed. It reads orders
from its standard input; when that ends, so did the run.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path


class Guard:
    """Remembers process groups and directories of the run; they go when the run goes, however it ends."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            close_fds=True,
            text=True,
        )

    def watch(self, group: int) -> None:
        """Kill this process group when the run ends."""
        self._tell(f"watch {group}")

    def forget(self, group: int) -> None:
        """This process group has ended and its number may be another's."""
        self._tell(f"forget {group}")

    def remove(self, directory: Path) -> None:
        """Delete this directory when the run ends."""
        self._tell(f"remove {directory}")

    def close(self) -> None:
        """End everything still watched, now."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()

    def _tell(self, order: str) -> None:
        if self._process.stdin is None:
            raise RuntimeError("the guard has no standard input")
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()


def _main() -> None:
    groups: set[int] = set()
    directories: set[Path] = set()
    for line in sys.stdin:
        order, _, value = line.rstrip("\n").partition(" ")
        if order == "watch":
            groups.add(int(value))
        elif order == "forget":
            groups.discard(int(value))
        else:
            directories.add(Path(value))
    _end(groups)
    for directory in directories:
        shutil.rmtree(directory, ignore_errors=True)


def _end(groups: set[int]) -> None:
    """Ask first: a database that is killed leaves its shared memory behind."""
    for how in (signal.SIGQUIT, signal.SIGKILL):
        deadline = time.monotonic() + 3
        while groups and time.monotonic() < deadline:
            groups = {group for group in groups if _signal(group, how)}
            time.sleep(0.1)


def _signal(group: int, how: signal.Signals) -> bool:
    try:
        os.killpg(group, how)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    _main()
