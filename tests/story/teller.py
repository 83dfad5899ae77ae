"""Tells the story: says what is done, shows the command, waits until its report is what it should be, shows that."""

import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TextIO

from site_of_processes import MUSTER
from tests.story.printed import Printed

PATIENCE_S = 60
AGAIN_S = 0.5
WIDTH = 150
"""Of a report as shown; what is cut was checked all the same."""


class StepFailed(Exception):
    """A report of the story is not what it should be."""


class Teller:
    """Runs the commands a person would type, in one folder, and counts the reports that were checked."""

    def __init__(
        self, folder: Path, environment: Mapping[str, str], out: TextIO = sys.stdout, patience_s: float = PATIENCE_S
    ) -> None:
        self._folder, self._environment, self._out, self._patience_s = folder, dict(environment), out, patience_s
        self._step = "before the first step"
        self.checked = 0

    def chapter(self, title: str) -> None:
        """A new part of the story."""
        self._write(f"\n\n== {title} ==")

    def say(self, text: str) -> None:
        """A sentence about what comes; it names the step that fails, should one."""
        self._step = text
        self._write(f"\n{text}")

    def show(self, command: str, right: Callable[[Printed], bool], what: str) -> Printed:
        """Run a command once; its report must be right. ``what`` says in words what it should be."""
        return self._told(command, self._run(command), right, what)

    def until(self, command: str, right: Callable[[Printed], bool], what: str) -> Printed:
        """Run a command that only reads again and again until its report is right; show that one."""
        deadline = time.monotonic() + self._patience_s
        while not _is(right, printed := self._run(command)) and time.monotonic() < deadline:
            time.sleep(AGAIN_S)
        return self._told(command, printed, right, what)

    def save(self, command: str, name: str) -> None:
        """Run a command and keep what it prints in a file of the folder."""
        (self._folder / name).write_text(self.quietly(command).out)
        self._write(f"$ {command} > {name}")

    def quietly(self, command: str) -> Printed:
        """Run a command that is no news to the reader; it must end well."""
        printed = self._run(command)
        if printed.code != 0:
            self._fail(command, printed, "the command ends well")
        return printed

    def _told(self, command: str, printed: Printed, right: Callable[[Printed], bool], what: str) -> Printed:
        if not _is(right, printed):
            self._fail(command, printed, what)
        self._write(f"$ {command}")
        for line in printed.text.splitlines():
            self._write(f"  {line}" if len(line) <= WIDTH else f"  {line[: WIDTH - 1]}…")
        self.checked += 1
        return printed

    def _fail(self, command: str, printed: Printed, what: str) -> None:
        told = f"step:     {self._step}\ncommand:  {command}\nexpected: {what}\nexit code {printed.code}, report:\n"
        raise StepFailed(told + printed.text)

    def _run(self, command: str) -> Printed:
        program, *arguments = shlex.split(command)
        done = subprocess.run(
            [*(MUSTER if program == "muster" else [program]), *arguments],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return Printed(done.stdout, done.returncode, done.stderr)

    def _write(self, text: str) -> None:
        self._out.write(text + "\n")
        self._out.flush()


def _is(right: Callable[[Printed], bool], printed: Printed) -> bool:
    """A report that lacks the row or column that is asked for is not right yet."""
    try:
        return right(printed)
    except (KeyError, IndexError):
        return False
