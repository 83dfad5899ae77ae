"""The ``fork_of`` of a RegistrationRequest: the new key of a machine whose old key another machine used too."""

from typing import Any, NamedTuple

from wire.keys import PublicKey
from wire.packages import Signer

CONTEXT = b"muster/1 fork\n"
_FINGERPRINT_SIZE = 32


class ForkClaim(NamedTuple):
    """Which key was forked, and its signature over the new key's fingerprint: a stranger has no such signature."""

    key: bytes
    proof: bytes

    def check(self, forked: PublicKey, fingerprint: bytes) -> None:
        """Return when the forked key itself vouches for the new one; raise WrongSignature otherwise."""
        forked.verify(self.proof, CONTEXT + fingerprint)


def fork_field(forked: bytes, proof: bytes) -> dict[str, bytes]:
    """The field; ``forked`` is the old key's fingerprint."""
    return {"key": forked, "proof": proof}


def fork_proof(fingerprint: bytes, sign: Signer) -> bytes:
    """``sign`` is the old key's, ``fingerprint`` the new one's."""
    return sign(CONTEXT + fingerprint)


def read_fork_claim(field: Any) -> ForkClaim | None:
    """What a request claims; None when it is no claim. Nothing is proved yet."""
    if not isinstance(field, dict):
        return None
    key, proof = field.get("key"), field.get("proof")
    if not isinstance(key, bytes) or len(key) != _FINGERPRINT_SIZE or not isinstance(proof, bytes):
        return None
    return ForkClaim(key, proof)
