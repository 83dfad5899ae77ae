"""Notes in the log that a token was used: at most once a day each, beside the request and never in its way."""

import logging
import threading
from collections.abc import Callable

from broker.bus import BusUnavailable
from broker.seal import ForgedMessage
from console.orders import Orders, OutcomeUnknown
from domain.operator_token import DAY_MS
from domain.orders import NoteTokenUse

RETRY_MS = 300_000
LOG = logging.getLogger("muster.console")

Background = Callable[[Callable[[], None]], object]


def in_a_thread(work: Callable[[], None]) -> None:
    """Do this on a thread of its own; used at most once a day per token."""
    threading.Thread(target=work, name="note-token-use", daemon=True).start()


class TokenUses:
    """Remembers when each token's use was noted last."""

    def __init__(self, orders: Orders, clock_ms: Callable[[], int], background: Background = in_a_thread) -> None:
        self._orders = orders
        self._clock_ms = clock_ms
        self._background = background
        self._lock = threading.Lock()
        self._due_ms: dict[str, int] = {}

    def note(self, token_id: str, name: str, role: str) -> None:
        """This token was used now."""
        now = self._clock_ms()
        with self._lock:
            if now < self._due_ms.get(token_id, 0):
                return
            self._due_ms[token_id] = now + DAY_MS
        self._background(lambda: self._give(token_id, name, role, now))

    def _give(self, token_id: str, name: str, role: str, now_ms: int) -> None:
        try:
            self._orders.give(NoteTokenUse(token_id), operator=name, role=role)
        except (OutcomeUnknown, BusUnavailable, ForgedMessage) as failed:
            LOG.warning("the use of token %s could not be noted: %s", token_id, type(failed).__name__)
            with self._lock:
                self._due_ms[token_id] = now_ms + RETRY_MS
