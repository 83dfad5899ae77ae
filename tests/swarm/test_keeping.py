"""A swarm between two runs."""

from pathlib import Path

import pytest

from agents.codec import MsgpackCodec
from agents.swarm.holding import Holds
from agents.swarm.keeping import Kept, UnusableSwarm, fresh, keep, kept
from agents.swarm.manifests import Manifests
from wire.agent_session import Outgoing
from wire.held import Item, Manifest, manifest_plain
from wire.keys import RSA2048, load_public_key, public_der

CODEC = MsgpackCodec()
MANIFESTS = Manifests(CODEC)


def again_in(home: Path) -> list[Kept]:
    """As a later process finds them."""
    return kept(home, "d", 1, Manifests(CODEC))


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    agents = [each._replace(number=number, allowed=True) for number, each in enumerate(fresh(3), start=4)]

    keep(tmp_path / "home", "d", 1, agents)
    again = again_in(tmp_path / "home")

    assert [(each.number, each.allowed) for each in again] == [(4, True), (5, True), (6, True)]
    assert [public_der(each.key.public_key()) for each in again] == [
        public_der(each.key.public_key()) for each in agents
    ]
    assert (tmp_path / "home" / "swarm.msgpack").stat().st_mode & 0o777 == 0o600


def test_weak_agents_come_first_and_come_back(tmp_path: Path) -> None:
    keep(tmp_path, "d", 1, fresh(2, weak=1))

    again = again_in(tmp_path)

    algorithms = [load_public_key(public_der(each.key.public_key())).algorithm for each in again]
    assert algorithms == [RSA2048, "p256"]


def test_nothing_kept_is_nobody(tmp_path: Path) -> None:
    assert again_in(tmp_path) == []


@pytest.mark.parametrize(("deployment", "seed"), [("other", 1), ("d", 2)])
def test_the_swarm_of_another_deployment_or_seed_is_refused(tmp_path: Path, deployment: str, seed: int) -> None:
    keep(tmp_path, "d", 1, fresh(1))

    with pytest.raises(UnusableSwarm):
        kept(tmp_path, deployment, seed, MANIFESTS)


def test_what_agents_hold_is_kept_once_for_all_that_hold_it_with_what_is_not_answered(tmp_path: Path) -> None:
    plain = manifest_plain(Manifest(1, 7, (Item(b"i" * 16, "policy", "c", "n", 3, b"d" * 32),)))
    shared, said = MANIFESTS.read(plain), Outgoing(4, 0, b"body", 9, b"state hash of 16")
    one, other, bare = fresh(3)
    holds = Holds(shared, (1, 7), True)

    keep(tmp_path, "d", 1, [one._replace(holds=holds, said=said), other._replace(holds=holds), bare])
    first, second, third = again_in(tmp_path)

    assert first.holds.manifest is not None
    assert first.holds.manifest is second.holds.manifest
    assert (first.holds.manifest.digest, first.holds.manifest.statement) == (shared.digest, shared.statement)
    assert (first.holds[1:], first.said, second.said) == (((1, 7), True), said, None)
    assert (third.holds, third.said) == (Holds(), None)


def test_a_file_from_before_agents_held_anything_is_read(tmp_path: Path) -> None:
    keep(tmp_path, "d", 1, fresh(1))
    path = tmp_path / "swarm.msgpack"
    deployment, seed, ((key, number, allowed, *_),), _ = CODEC.decode(path.read_bytes())
    path.write_bytes(CODEC.encode([deployment, seed, [[key, number, allowed]]]))

    (agent,) = again_in(tmp_path)

    assert (agent.number, agent.allowed, agent.holds, agent.said) == (1, False, Holds(), None)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xc1",
        b"\x93\xa1d\x01\x91\x93\xc4\x01x\x01\xc3",
        CODEC.encode(["d", 1, [], [[b"digest", [1], []]]]),
        CODEC.encode(["d", 1, [[b"", 1, True, [5, [0, 0], False]]], []]),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "swarm.msgpack").write_bytes(content)

    with pytest.raises(UnusableSwarm):
        again_in(tmp_path)
