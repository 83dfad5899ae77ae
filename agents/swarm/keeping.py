"""Keys, numbers and holdings of a swarm from one run to the next.

A number may have been signed and not answered: what was said under it is kept too, and said again as it was.
"""

from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from agents.codec import MsgpackCodec
from agents.durable import write_durably
from agents.swarm.holding import Holds
from agents.swarm.manifests import ItemHeld, Manifests, SharedManifest
from wire.agent_session import Outgoing
from wire.codec import MalformedBody
from wire.keys import P256, RSA2048, PrivateKey, generate_key

_FILE = "swarm.msgpack"


class UnusableSwarm(Exception):
    """The kept swarm cannot be read, or belongs to another deployment or seed; use another directory."""


class Kept(NamedTuple):
    """One agent between two runs. ``said``: the package that is not answered."""

    key: PrivateKey
    number: int
    allowed: bool
    holds: Holds = Holds()
    said: Outgoing | None = None


def fresh(agents: int, weak: int = 0) -> list[Kept]:
    """New keys, never seen by any server; the first ``weak`` are RSA-2048."""
    return [Kept(generate_key(RSA2048 if number < weak else P256), 1, False) for number in range(agents)]


def keep(home: Path, deployment: str, seed: int, agents: list[Kept]) -> None:
    """Write all, durable, for the owner alone. Each manifest stands once."""
    home.mkdir(parents=True, exist_ok=True)
    manifests = {each.holds.manifest: None for each in agents if each.holds.manifest is not None}
    places = {each: place for place, each in enumerate(manifests)}
    rows = [[_der(each.key), each.number, each.allowed, _plain(each.holds, places), each.said] for each in agents]
    held = [[each.digest, each.version, each.items] for each in manifests]
    write_durably(home / _FILE, MsgpackCodec().encode([deployment, seed, rows, held]))


def kept(home: Path, deployment: str, seed: int, manifests: Manifests) -> list[Kept]:
    """What ``keep`` wrote, empty if nothing; raise UnusableSwarm. Earlier files know nothing of manifests."""
    try:
        plain = MsgpackCodec().decode((home / _FILE).read_bytes())
        was_for, was_seed, rows, *more = plain
        shared = [_manifest(each, manifests) for held in more for each in held]
        agents = [_agent(shared, *row) for row in rows]
    except FileNotFoundError:
        return []
    except (OSError, MalformedBody, ValueError, TypeError, IndexError) as error:
        raise UnusableSwarm(f"{home / _FILE}: {error}") from error
    # Another seed means other properties, and an old number with another body would be taken for a fork.
    if (was_for, was_seed) != (deployment, seed):
        raise UnusableSwarm(f"{home} holds a swarm of {was_for} with seed {was_seed}")
    return agents


def _plain(holds: Holds, places: dict[SharedManifest, int]) -> list[Any]:
    return [None if holds.manifest is None else places[holds.manifest], holds.newest, holds.due]


def _manifest(plain: Any, manifests: Manifests) -> SharedManifest:
    digest, (epoch, position), items = plain
    return manifests.known(digest, (epoch, position), (ItemHeld(*each) for each in items))


def _agent(
    shared: list[SharedManifest], der: bytes, number: int, allowed: bool, holds: Any = None, said: Any = None
) -> Kept:
    agent = Kept(_key(der), int(number), bool(allowed))
    if holds is not None:
        place, (epoch, position), due = holds
        agent = agent._replace(holds=Holds(None if place is None else shared[place], (epoch, position), bool(due)))
    return agent if said is None else agent._replace(said=Outgoing(*said))


def _der(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _key(der: bytes) -> PrivateKey:
    key = load_der_private_key(der, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise TypeError("a key is of a kind that no simulated agent has")
    return key
