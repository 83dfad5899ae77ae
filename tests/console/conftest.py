"""A deployment for every test of this room, founded once and copied."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from console.cli import main
from tests.console.site import URL, Site, secret_of


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A deployment with a token for each role, at rest."""
    directory = tmp_path_factory.mktemp("founded")
    with asyncio.Runner() as runner:
        # Of another seed than its copies: an order under an id that was used is a repeat.
        site = Site(directory, runner, seed=0)
        site.add_tokens()
        site.projector.stop()
        site.room.leases.release(site.room.shift._fence)
        site.close()
    return directory


@pytest.fixture
def site(founded: Path, tmp_path: Path) -> Iterator[Site]:
    """A deployment of the test's own."""
    directory = tmp_path / "site"
    shutil.copytree(founded, directory)
    with asyncio.Runner() as runner:
        site = Site(directory, runner)
        site.project()
        yield site
        site.close()


class Ran(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Muster = Callable[..., Ran]


@pytest.fixture
def muster(site: Site, capsys: pytest.CaptureFixture[str]) -> Muster:
    """The command line against the site; `role` names the token."""

    def run(*arguments: str, role: str = "admin") -> Ran:
        environ = {"MUSTER_API": URL, "MUSTER_TOKEN": secret_of(role)}
        code = main(arguments, environ, site.transport, sleep=lambda _: site.resume_projecting())
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return run
