"""Keys and numbers of a swarm from one run to the next."""

from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from agents.codec import MsgpackCodec
from agents.durable import write_durably
from wire.codec import MalformedBody
from wire.keys import P256, RSA2048, PrivateKey, generate_key

_FILE = "swarm.msgpack"


class UnusableSwarm(Exception):
    """The kept swarm cannot be read, or belongs to another deployment or seed; use another directory."""


class Kept(NamedTuple):
    """One agent between two runs."""

    key: PrivateKey
    number: int
    allowed: bool


def fresh(agents: int, weak: int = 0) -> list[Kept]:
    """New keys, never seen by any server; the first ``weak`` are RSA-2048."""
    return [Kept(generate_key(RSA2048 if number < weak else P256), 1, False) for number in range(agents)]


def keep(home: Path, deployment: str, seed: int, agents: list[Kept]) -> None:
    """Write all, durable, for the owner alone."""
    home.mkdir(parents=True, exist_ok=True)
    rows = [[_der(each.key), each.number, each.allowed] for each in agents]
    write_durably(home / _FILE, MsgpackCodec().encode([deployment, seed, rows]))


def kept(home: Path, deployment: str, seed: int) -> list[Kept]:
    """What ``keep`` wrote, empty if nothing; raise UnusableSwarm."""
    try:
        plain = MsgpackCodec().decode((home / _FILE).read_bytes())
        was_for, was_seed, rows = plain
        agents = [Kept(_key(der), int(number), bool(allowed)) for der, number, allowed in rows]
    except FileNotFoundError:
        return []
    except (OSError, MalformedBody, ValueError, TypeError) as error:
        raise UnusableSwarm(f"{home / _FILE}: {error}") from error
    # Another seed means other properties, and an old number with another body would be taken for a fork.
    if (was_for, was_seed) != (deployment, seed):
        raise UnusableSwarm(f"{home} holds a swarm of {was_for} with seed {was_seed}")
    return agents


def _der(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _key(der: bytes) -> PrivateKey:
    key = load_der_private_key(der, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise TypeError("a key is of a kind that no simulated agent has")
    return key
