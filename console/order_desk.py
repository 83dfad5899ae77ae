"""Where a request that changes something becomes an order, and its outcome an answer."""

from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Header, Request

from console.access import Caller
from console.metrics import Metrics
from console.orders import Orders
from console.problems import Problem
from domain.orders import Command, Outcome
from projections.reports import Reports

ACCEPTED = frozenset({"done", "unchanged"})

_STATUS_OF = {
    "not_found": 404,
    "version_moved": 412,
    "must_revoke_first": 409,
    "only_allowed_can_be_revoked": 409,
    "reason_required": 422,
    "malformed_order": 422,
    "idempotency_key_reused": 422,
    "role_missing": 403,
    # Nothing of the caller's is wrong: the worker was slow or its clock differs, and the same order may be given again.
    "order_expired": 503,
}

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="The same request under the same key is carried out once and answered alike.",
    ),
]


class OrderDesk(NamedTuple):
    """Gives orders for one caller and waits until the reports show them."""

    orders: Orders
    reports: Reports
    metrics: Metrics
    idempotency_key: str | None

    def give(self, command: Command, caller: Caller, if_match: int | None = None) -> dict[str, Any]:
        """What the API answers to an order that was carried out; a refusal is raised as its problem."""
        outcome = self.orders.give(
            command,
            operator=caller.name,
            role=caller.role,
            if_match=if_match,
            idempotency_key=self.idempotency_key,
        )
        self.metrics.order(type(command).__name__, outcome.outcome)
        if outcome.outcome not in ACCEPTED:
            raise _refusal(outcome)
        stale = not self.reports.wait_for(outcome.position)
        document = {"outcome": outcome.outcome, "detail": outcome.detail, "position": outcome.position}
        return document | ({"stale": True} if stale else {})


def _refusal(outcome: Outcome) -> Problem:
    status = _STATUS_OF.get(outcome.outcome, 409)
    detail = outcome.detail or "The order was refused; nothing changed."
    return Problem(status, outcome.outcome, detail, {"Retry-After": "1"} if status == 503 else None)


async def _desk(request: Request, idempotency_key: IdempotencyKey = None) -> OrderDesk:
    state = request.app.state
    return OrderDesk(state.orders, state.reports, state.metrics, idempotency_key)


DeskOf = Annotated[OrderDesk, Depends(_desk)]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description='ETag of the entry the decision rests on, such as "3"; `*` for any.'),
]
"""Not required by the schema: its absence is told as 428, not as an invalid request."""
