"""Where a request that changes something becomes an order, and its outcome an answer."""

import logging
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple, TypeVar

from fastapi import Depends, Header, Request

from broker.bus import BusUnavailable
from broker.seal import ForgedMessage
from console.access import Caller
from console.metrics import Metrics
from console.orders import CannotBeOrdered, Orders, OutcomeUnknown
from console.problems import Problem
from domain.orders import INTERNAL_ERROR, Command, Outcome
from projections.database import TableGone
from projections.reports import NotFound, Reports
from store.log import StoreUnavailable

T = TypeVar("T")
ACCEPTED = frozenset({"done", "unchanged"})
LOG = logging.getLogger("muster.console")

_STATUS_OF = {
    "not_found": 404,
    "category_unknown": 404,
    "version_moved": 412,
    INTERNAL_ERROR: 500,
    "must_revoke_first": 409,
    "cannot_merge": 409,
    "entry_closed": 409,
    "not_merged": 409,
    "ticket_used": 409,
    "only_allowed_can_be_revoked": 409,
    "reason_required": 422,
    "window_too_long": 422,
    "content_refused": 422,
    "revision_stale": 412,
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


class Carried(NamedTuple):
    """An order that was carried out, or found nothing to change."""

    outcome: Outcome
    is_shown: bool
    """The reports have reached it."""

    def document(self) -> dict[str, Any]:
        """What the API answers to every order."""
        outcome = self.outcome
        document = {"outcome": outcome.outcome, "detail": outcome.detail, "position": outcome.position}
        return document | ({} if self.is_shown else {"stale": True})


class OrderDesk(NamedTuple):
    """Gives orders and waits until the reports show them."""

    orders: Orders
    reports: Reports
    metrics: Metrics
    wait_s: float
    idempotency_key: str | None

    def give(self, command: Command, caller: Caller, if_match: int | None = None) -> Carried:
        """Have the worker carry out an order; a refusal is raised as its problem."""
        kind = type(command).__name__
        try:
            outcome = self.orders.give(
                command,
                operator=caller.name,
                role=caller.role,
                if_match=if_match,
                idempotency_key=self.idempotency_key,
            )
        except CannotBeOrdered as failed:
            raise Problem(422, "malformed_order", str(failed)) from failed
        except (OutcomeUnknown, BusUnavailable, ForgedMessage) as failed:
            self.metrics.order(kind, type(failed).__name__)
            if isinstance(failed, ForgedMessage):
                LOG.critical("the reply to %s of %r was forged: somebody else writes on the bus", kind, caller.name)
            raise
        self.metrics.order(kind, outcome.outcome)
        if outcome.outcome not in ACCEPTED:
            raise _refusal(outcome)
        return Carried(outcome, bool(self.read_back(lambda: self.reports.wait_for(outcome.position, self.wait_s))))

    def read_back(self, read: Callable[[], T]) -> T | None:
        """What the reports say after an order was carried out; None when they cannot: that does not undo the order."""
        try:
            return read()
        except (StoreUnavailable, TableGone, NotFound) as failed:
            LOG.warning("an order was carried out, but the reports do not show it: %s", failed)
            return None


def _refusal(outcome: Outcome) -> Problem:
    status = _STATUS_OF.get(outcome.outcome, 409)
    detail = outcome.detail or "The order was refused; nothing changed."
    return Problem(status, outcome.outcome, detail, {"Retry-After": "1"} if status == 503 else None)


async def _desk(request: Request, idempotency_key: IdempotencyKey = None) -> OrderDesk:
    state = request.app.state
    return OrderDesk(state.orders, state.reports, state.metrics, state.wait_s, idempotency_key)


DeskOf = Annotated[OrderDesk, Depends(_desk)]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description='ETag of the entry the decision rests on, such as "3"; `*` for any.'),
]
"""Not required by the schema: its absence is told as 428, not as an invalid request."""
