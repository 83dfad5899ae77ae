"""An endpoint installs the project without extras and runs the agent; nothing of the server comes along."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.daemon import Daemon
from services.guard import Guard

pytestmark = pytest.mark.services

ROOT = Path(__file__).parents[2]
CALLED_IN, REFUSED = 0, 5


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a bare environment with the agent's locked packages and a wheel of the project."""
    folder = tmp_path_factory.mktemp("endpoint")
    source = _sources(folder / "source")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    python = folder / "venv/bin/python"
    _pip(sys.executable, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, source)
    _pip(python, "install", "--require-hashes", "-r", ROOT / "requirements/agent.txt")
    _pip(python, "install", "--no-deps", "--no-index", *folder.glob("*.whl"))
    return python


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Path]:
    """The data directory of a running server."""
    data, guard = tmp_path / "data", Guard()
    log = tmp_path / "server.log"
    argv = [sys.executable, "-m", "bin.muster", "up", "--data", str(data)]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    daemon = Daemon(argv, environment=environment, log=log, guard=guard)
    daemon.start(lambda: "ready agent=" in log.read_text())
    yield data
    daemon.stop()
    guard.close()


def _sources(folder: Path) -> Path:
    for room in ROOT.glob("*/__init__.py"):
        shutil.copytree(room.parent, folder / room.parent.name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    return folder


def _pip(python: str | Path, *arguments: str | Path) -> None:
    subprocess.run([python, "-m", "pip", "--quiet", "--no-input", *arguments], check=True, cwd="/")


def test_the_agent_explains_itself_in_a_bare_environment(python: Path) -> None:
    muster = python.with_name("muster")

    said = subprocess.run([muster, "agent", "--help"], env={}, capture_output=True, text=True, check=True).stdout

    assert {"install", "call-in", "run", "status"} <= set(re.findall(r"[a-z-]+", said))


def test_an_endpoint_without_any_server_package_calls_in(python: Path, server: Path, tmp_path: Path) -> None:
    agent = [str(python.with_name("muster")), "agent", "--home", str(tmp_path / "home")]
    people = [sys.executable, "-m", "bin.muster", "--data", str(server), "registrations"]
    bootstrap = str(server / "bootstrap.json")
    subprocess.run([*agent, "install", "--bootstrap", bootstrap, "--name", "endpoint"], check=True)

    first = subprocess.run([*agent, "call-in", "-o", "json"], capture_output=True, check=False)
    subprocess.run([*people, "allow", "endpoint"], cwd=ROOT, check=True)
    second = subprocess.run([*agent, "call-in", "-o", "json"], capture_output=True, check=False)

    assert (first.returncode, second.returncode) == (REFUSED, CALLED_IN)
    assert json.loads(second.stdout)["outcome"] == "accepted"


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
