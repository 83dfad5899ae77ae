"""A swarm between two runs."""

from pathlib import Path

import pytest

from agents.swarm.keeping import UnusableSwarm, fresh, keep, kept
from wire.keys import RSA2048, load_public_key, public_der


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    agents = [each._replace(number=number, allowed=True) for number, each in enumerate(fresh(3), start=4)]

    keep(tmp_path / "home", "d", 1, agents)
    again = kept(tmp_path / "home", "d", 1)

    assert [(each.number, each.allowed) for each in again] == [(4, True), (5, True), (6, True)]
    assert [public_der(each.key.public_key()) for each in again] == [
        public_der(each.key.public_key()) for each in agents
    ]
    assert (tmp_path / "home" / "swarm.msgpack").stat().st_mode & 0o777 == 0o600


def test_weak_agents_come_first_and_come_back(tmp_path: Path) -> None:
    keep(tmp_path, "d", 1, fresh(2, weak=1))

    again = kept(tmp_path, "d", 1)

    algorithms = [load_public_key(public_der(each.key.public_key())).algorithm for each in again]
    assert algorithms == [RSA2048, "p256"]


def test_nothing_kept_is_nobody(tmp_path: Path) -> None:
    assert kept(tmp_path, "d", 1) == []


@pytest.mark.parametrize(("deployment", "seed"), [("other", 1), ("d", 2)])
def test_the_swarm_of_another_deployment_or_seed_is_refused(tmp_path: Path, deployment: str, seed: int) -> None:
    keep(tmp_path, "d", 1, fresh(1))

    with pytest.raises(UnusableSwarm):
        kept(tmp_path, deployment, seed)


@pytest.mark.parametrize("content", [b"", b"\xc1", b"\x93\xa1d\x01\x91\x93\xc4\x01x\x01\xc3"])
def test_a_file_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "swarm.msgpack").write_bytes(content)

    with pytest.raises(UnusableSwarm):
        kept(tmp_path, "d", 1)
