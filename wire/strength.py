"""How strong keys are, weakest first: what a deployment may ask of its agents' keys."""

from collections.abc import Iterable

from wire.keys import ED25519, P256, RSA1024, RSA2048

STRENGTH = {RSA1024: 0, RSA2048: 1, P256: 2, ED25519: 2}
"""Equal numbers are equally good."""
WEAKEST_THAT_AUTHORISES = RSA2048
"""What is below may identify an old agent and authorises nothing."""


def is_below(algorithm: str, minimum: str) -> bool:
    """True when a key of ``algorithm`` is weaker than ``minimum``; an empty minimum asks for nothing."""
    return bool(minimum) and STRENGTH.get(algorithm, -1) < STRENGTH[minimum]


def can_reach(algorithms: Iterable[str], minimum: str) -> bool:
    """True when one who signs with one of these can have a key that is strong enough and authorises."""
    needed = max(STRENGTH[minimum or WEAKEST_THAT_AUTHORISES], STRENGTH[WEAKEST_THAT_AUTHORISES])
    return any(STRENGTH.get(each, -1) >= needed for each in algorithms)
