"""README's commands, run as they stand there against a server started by `muster up`."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from site_of_processes import bare_environment

pytestmark = pytest.mark.services
ROOT = Path(__file__).parents[2]


def _commands() -> list[str]:
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Path]:
    """A folder that looks like a clone with `make up` running in it."""
    binaries = tmp_path / ".venv" / "bin"
    binaries.mkdir(parents=True)
    muster = binaries / "muster"
    muster.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bin.muster "$@"\n')
    muster.chmod(0o755)
    server = subprocess.Popen(
        [str(muster), "up", "--agents", "1"],
        cwd=tmp_path,
        env=bare_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None
        assert any(line.startswith("ready agent=") for line in server.stdout)
        yield tmp_path
    finally:
        server.terminate()
        server.communicate(timeout=30)


def test_every_command_of_the_readme_works_in_its_order(clone: Path) -> None:
    commands = [command for command in _commands() if not command.startswith("make ")]

    for command in commands:
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=clone,
            env=bare_environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"

    assert len(commands) >= 7
