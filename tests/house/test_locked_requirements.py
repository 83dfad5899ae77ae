"""The lock files: every package pinned by hash, no address in them, and everything that setup.cfg asks for."""

import re
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = {
    "agent.txt": [],
    "server.txt": ["server"],
    "dev.txt": ["server", "test", "quality"],
}


def _pins(lock: str) -> dict[str, str]:
    text = (ROOT / "requirements" / lock).read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    return {line.split("==")[0]: line for line in lines}


def _wanted(extras: list[str]) -> set[str]:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    sections = [setup["options"]["install_requires"], *(setup["options.extras_require"][name] for name in extras)]
    lines = [line.strip() for section in sections for line in section.splitlines()]
    names = [re.split(r"[\s\[~=<>!;]", line)[0] for line in lines if line and not line.startswith("#")]
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_one_version_and_its_hashes(lock: str) -> None:
    for name, line in _pins(lock).items():
        assert re.fullmatch(rf"{name}==\S+( ;[^-]+)?(\s+--hash=sha256:[0-9a-f]{{64}})+", line.rstrip()), line[:80]


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_files_name_no_index_and_no_place_on_a_machine(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text()

    assert not re.search(r"index-url|find-links|trusted-host|://|^\s*-[ief] |/home|/root|/tmp", text, re.MULTILINE)


@pytest.mark.parametrize(("lock", "extras"), LOCKS.items())
def test_lock_files_hold_everything_that_setup_cfg_asks_for(lock: str, extras: list[str]) -> None:
    assert _wanted(extras) <= set(_pins(lock))


def test_an_endpoint_gets_no_server_package() -> None:
    assert set(_pins("agent.txt")) == _wanted([]) | {"cffi", "pycparser"}


def test_the_larger_locks_agree_with_the_smaller_ones() -> None:
    agent, server, dev = _pins("agent.txt"), _pins("server.txt"), _pins("dev.txt")

    assert agent.items() <= server.items()
    assert server.items() <= dev.items()
