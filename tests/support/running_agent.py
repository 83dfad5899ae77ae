"""An agent that runs, in a process of its own, until the test ends it."""

import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from site_of_processes import MUSTER, bare_environment


class RunningAgent:
    """Ends politely when its standard input ends. It is started in the folder that its home is in."""

    def __init__(self, home: Path, *options: str) -> None:
        self._log = (home.parent / f"{home.name}.log").open("wb")
        command = [*MUSTER, "agent", "--home", str(home), "run", "--first-within", "0", "--exit-with-parent", *options]
        self._process = subprocess.Popen(
            command,
            env=bare_environment(),
            cwd=home.parent,
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
