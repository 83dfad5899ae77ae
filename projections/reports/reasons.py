"""Why something was ordered: told by the order's own event; what followed from the order names it as its cause."""

from collections.abc import Iterable

from domain.ids import order_stream
from store.log import EventLog
from store.state import UnreadableState, decode_state


class Reasons:
    """Reads the events of orders in the log."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def of(self, causes: Iterable[bytes | None]) -> dict[bytes, str]:
        """The reasons that people gave, by the id of the order; without those that gave none."""
        wanted = {each: (order_stream(each), 1) for each in causes if each}
        stored = self._log.rows(list(wanted.values())) if wanted else {}
        told = {cause: _reason(stored[place].state) for cause, place in wanted.items() if place in stored}
        return {cause: reason for cause, reason in told.items() if reason}


def _reason(state: bytes) -> str:
    try:
        facts = decode_state(state)[1]
    except UnreadableState:
        return ""
    return str(facts.get("reason", "")) if isinstance(facts, dict) else ""
