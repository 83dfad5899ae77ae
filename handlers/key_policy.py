"""How strong agents' keys must be: the order that sets it, and what is in force."""

from domain import errors, orders
from domain.ids import KEY_POLICY_STREAM
from domain.key_policy import FIRST_MINIMUM, STRENGTH, KeyPolicy
from handlers.batch import Batch, Cause


def set_key_policy(order: orders.Order, batch: Batch) -> tuple[bool, int]:
    """Set the least algorithm; agents with weaker keys are asked for better ones when they call in next."""
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


def minimum(batch: Batch) -> str:
    """The least algorithm, as decided so far in this batch."""
    policy = _policy(batch)
    return policy.minimum if policy else FIRST_MINIMUM


def _policy(batch: Batch) -> KeyPolicy | None:
    return batch.perhaps(KEY_POLICY_STREAM, batch.records.key_policy)
