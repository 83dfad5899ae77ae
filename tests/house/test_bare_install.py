"""An endpoint installs the project without extras and runs the agent; nothing of the server comes along."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.services

ROOT = Path(__file__).parents[2]
IGNORED = shutil.ignore_patterns(".git", ".venv", "*_cache", ".hypothesis", "__pycache__", "*.egg-info", "build")


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a bare environment with the agent's locked packages and a wheel of the project."""
    folder = tmp_path_factory.mktemp("endpoint")
    source = shutil.copytree(ROOT, folder / "source", ignore=IGNORED)
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    python = folder / "venv/bin/python"
    _pip(sys.executable, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, source)
    _pip(python, "install", "--require-hashes", "-r", ROOT / "requirements/agent.txt")
    _pip(python, "install", "--no-deps", "--no-index", *folder.glob("*.whl"))
    return python


def _pip(python: str | Path, *arguments: str | Path) -> None:
    subprocess.run([python, "-m", "pip", "--quiet", "--no-input", *arguments], check=True, cwd="/")


def test_the_agent_explains_itself_in_a_bare_environment(python: Path) -> None:
    muster = python.with_name("muster")

    said = subprocess.run([muster, "agent", "--help"], env={}, capture_output=True, text=True, check=True).stdout

    assert {"install", "call-in", "run", "status"} <= set(re.findall(r"[a-z-]+", said))


@pytest.mark.parametrize("package", ["pika", "psycopg", "twisted", "msgspec", "eventsourcing", "fastapi", "typer"])
def test_no_package_of_the_server_is_on_an_endpoint(python: Path, package: str) -> None:
    found = subprocess.run([python, "-c", f"import {package}"], env=dict(os.environ), capture_output=True, check=False)

    assert b"ModuleNotFoundError" in found.stderr


def test_a_server_command_on_an_endpoint_says_what_to_install(python: Path) -> None:
    muster = python.with_name("muster")

    done = subprocess.run([muster, "up"], env={}, capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert "muster[server]" in done.stderr


def test_the_wheel_carries_what_is_not_python(python: Path) -> None:
    product = {path for room in ROOT.glob("*/__init__.py") for path in room.parent.rglob("*.sql")}
    listing = "import bin, pathlib; print(*pathlib.Path(bin.__file__).parents[1].rglob('*.sql'), sep='\\n')"

    said = subprocess.run([python, "-c", listing], env={}, capture_output=True, text=True, check=True, cwd="/").stdout

    assert {path.name for path in product} == {Path(line).name for line in said.splitlines()}
