"""What the deployment asks of an agent's key: strong enough, to be replaced, or of an agent that is too old."""

from collections.abc import Sequence

from handlers.batch import Batch
from handlers.known_key import KnownKey
from wire.keys import RSA1024
from wire.strength import WEAKEST_THAT_AUTHORISES, can_reach, is_below

TOO_WEAK = frozenset({RSA1024})
"""Keys that may identify an old agent and authorise nothing: no decision rests on their signature alone."""


def is_too_old(algorithm: str, algorithms: Sequence[str], batch: Batch) -> bool:
    """True when the key is below what this deployment asks for and the agent cannot make a better one."""
    minimum = batch.deployment.minimum_key
    return is_below(algorithm, minimum or WEAKEST_THAT_AUTHORISES) and not can_reach(algorithms, minimum)


def should_rekey(known: KnownKey, batch: Batch) -> bool:
    """True when a trusted agent is to replace its key now; one whose key authorises nothing only in an open window."""
    algorithm = known.public_key.algorithm
    if not known.trusted or not is_below(algorithm, batch.deployment.minimum_key or WEAKEST_THAT_AUTHORISES):
        return False
    if algorithm in TOO_WEAK and not batch.migration_open():
        return False
    return can_reach(known.algorithms, batch.deployment.minimum_key)
