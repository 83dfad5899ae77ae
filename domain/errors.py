"""Refusals of orders and decisions: one class per thing a caller handles differently; the docstring is the message."""


class OrderRefused(Exception):
    """The order was refused; nothing changed."""

    code = "refused"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or (type(self).__doc__ or "").strip())


class MustRevokeFirst(OrderRefused):
    """This machine is Allowed: revoke it first, then it can be blocked."""

    code = "must_revoke_first"


class OnlyAllowedCanBeRevoked(OrderRefused):
    """Only an Allowed machine can be revoked."""

    code = "only_allowed_can_be_revoked"


class ReasonRequired(OrderRefused):
    """A reason is required: say why this machine is revoked."""

    code = "reason_required"


class EntryClosed(OrderRefused):
    """This entry is closed: two machines used its key. Decide about the entries that came out of it, each a machine."""

    code = "entry_closed"


class CannotMerge(OrderRefused):
    """These two cannot be merged."""

    code = "cannot_merge"


class NotMerged(OrderRefused):
    """This registration was not merged into another: there is nothing to split."""

    code = "not_merged"


class NothingKnown(OrderRefused):
    """Nothing in this deployment has that name or id."""

    code = "not_found"


class VersionMoved(OrderRefused):
    """Somebody else decided in between: read the entry again and decide anew."""

    code = "version_moved"


class OrderExpired(OrderRefused):
    """The order is older than 60 seconds: give it again."""

    code = "order_expired"


class RoleMissing(OrderRefused):
    """The token's role does not permit this order."""

    code = "role_missing"


class KeyReused(OrderRefused):
    """This Idempotency-Key was used for another order."""

    code = "idempotency_key_reused"


class MalformedOrder(OrderRefused):
    """The order has a value out of its range."""

    code = "malformed_order"
