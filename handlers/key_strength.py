"""What the key policy asks of an agent's key: strong enough, to be replaced, or of an agent that is too old."""

from collections.abc import Sequence

from domain.key_policy import STRONGEST, below, can_reach
from handlers.batch import Batch
from handlers.key_policy import minimum
from handlers.known_key import KnownKey
from wire.keys import RSA1024
from wire.refusals import Reason

TOO_WEAK = frozenset({RSA1024})
"""Keys that may identify an old agent and authorise nothing: no decision rests on their signature alone."""


def turned_away(algorithm: str, able: Sequence[str], batch: Batch, *, registered: bool) -> Reason | None:
    """Why a key of this algorithm may not ask for registration; None when it may.

    What the agent is ``able`` to sign with says which way is out. A ``registered`` key is replaced in order, by
    AgentKeyUpdate; one that nobody knows has nothing to hand over, but RSA-1024, by which people know old machines.
    """
    if not is_weak(algorithm, batch):
        return None
    if not can_reach(able, minimum(batch)):
        return Reason.AGENT_TOO_OLD
    return None if registered or algorithm in TOO_WEAK else Reason.KEY_TOO_WEAK


def is_too_old(algorithm: str, able: Sequence[str], batch: Batch) -> bool:
    """True when the key is below what this deployment asks for and the agent cannot make a better one."""
    return is_weak(algorithm, batch) and not can_reach(able, minimum(batch))


def should_rekey(known: KnownKey, batch: Batch) -> bool:
    """True when a trusted agent is to replace its key now; one whose key authorises nothing only in an open window."""
    algorithm = known.public_key.algorithm
    if not known.trusted or not is_weak(algorithm, batch):
        return False
    if algorithm in TOO_WEAK and not batch.migration_open():
        return False
    return can_reach(known.algorithms, minimum(batch))


def is_weak(algorithm: str, batch: Batch) -> bool:
    """True when the key is below the minimum; the policy is read only for keys that could be."""
    return below(algorithm, STRONGEST) and below(algorithm, minimum(batch))
