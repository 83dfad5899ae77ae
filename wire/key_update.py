"""AgentKeyUpdate: an agent offers its own next key. The old key signs the package, the new one the proof."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from wire.keys import PublicKey, UnusableKey, load_public_key
from wire.packages import Signer

_CONTEXT = b"muster/1 agent key update\n"


class MalformedKeyUpdate(Exception):
    """The body of an AgentKeyUpdate has no usable key, no proof or no list of algorithms."""


class KeyUpdate(NamedTuple):
    """A new key, what its agent can sign with, and the new key's signature over the change."""

    key: PublicKey
    algorithms: list[str]
    proof: bytes

    def check(self, old_fingerprint: bytes) -> None:
        """Return when the new key itself agreed to follow the old one; raise WrongSignature otherwise."""
        self.key.verify(self.proof, key_update_bytes(old_fingerprint, self.key.der))


def key_update_bytes(old_fingerprint: bytes, new_der: bytes) -> bytes:
    """What the new key signs: context, fingerprint of the key it follows, its own DER SubjectPublicKeyInfo."""
    return _CONTEXT + old_fingerprint + new_der


def key_update(old_fingerprint: bytes, new_der: bytes, algorithms: Sequence[str], sign: Signer) -> dict[str, Any]:
    """The body; ``sign`` is the new key's."""
    proof = sign(key_update_bytes(old_fingerprint, new_der))
    return {"key": new_der, "algorithms": list(algorithms), "proof": proof}


def read_key_update(content: dict[str, Any]) -> KeyUpdate:
    """The key update in a body; raise MalformedKeyUpdate. Nothing is proved yet."""
    key, algorithms, proof = content.get("key"), content.get("algorithms"), content.get("proof")
    if not isinstance(key, bytes) or not isinstance(proof, bytes) or not isinstance(algorithms, list):
        raise MalformedKeyUpdate("an AgentKeyUpdate has key, algorithms and proof")
    try:
        return KeyUpdate(load_public_key(key), [each for each in algorithms if isinstance(each, str)], proof)
    except UnusableKey as error:
        raise MalformedKeyUpdate(str(error)) from error
