"""How strong agents' keys must be: the order that sets it, and what a registration is told."""

from domain import errors, orders
from domain.ids import KEY_POLICY_STREAM
from domain.key_policy import FIRST_MINIMUM, STRENGTH, STRONGEST, KeyPolicy, below
from handlers.batch import Batch, Cause
from wire.refusals import Reason


def set_key_policy(order: orders.Order, batch: Batch) -> tuple[bool, int]:
    """Set the least algorithm; keys that registered before keep what they have."""
    command = order.command
    assert isinstance(command, orders.SetKeyPolicy)
    if command.minimum not in STRENGTH or command.minimum == "rsa1024":
        raise errors.MalformedOrder("The minimum is rsa2048, p256 or ed25519: a weaker key authorises nothing.")
    policy = _policy(batch)
    if order.if_match is not None and order.if_match != (policy.version if policy else 0):
        raise errors.VersionMoved
    if policy is None:
        if command.minimum == FIRST_MINIMUM:
            return False, 0
        policy, changed = KeyPolicy.adopt(command.minimum), True
    else:
        changed = policy.replace(command.minimum)
    batch.stage(policy, Cause(who=f"operator:{order.operator}", cause=order.command_id))
    return changed, policy.version


def too_weak(algorithm: str, able: list[str], batch: Batch) -> Reason | None:
    """Why a key of this algorithm is not registered: what the agent is ``able`` to sign with says which way is out."""
    if not below(algorithm, STRONGEST):
        return None
    policy = _policy(batch)
    minimum = policy.minimum if policy else FIRST_MINIMUM
    if not below(algorithm, minimum):
        return None
    can = any(each in STRENGTH and not below(each, minimum) for each in able)
    return Reason.KEY_UPDATE_REQUIRED if can else Reason.AGENT_TOO_OLD


def _policy(batch: Batch) -> KeyPolicy | None:
    try:
        return batch.loaded(KEY_POLICY_STREAM, batch.records.key_policy)
    except errors.NothingKnown:
        return None
