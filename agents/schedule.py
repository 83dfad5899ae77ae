"""When to call in next, by injected chance: never all at once, never for ever silent."""

import random
from collections.abc import Callable

from agents.outcome import Outcome, Result

JITTER = 0.1
FIRST_RETRY_S = 5.0
SPREAD_S = 30.0
"""Over which agents whose handler went away come back: 1,000 of them are then 33 handshakes a second."""
LONGEST_SPREAD_S = 600.0
EARLIEST, LATEST = 0.5, 1.1
"""Shares of the interval between which a slot that the server names is taken: it spreads, it does not set the pace."""
RESULTS_WITHIN_S = 30.0
"""Over which agents tell of runs that ended on all of them at one moment."""
LASTING_S = 60.0
"""A connection that was held for less broke like the one before it: the spread grows."""


class Schedule:
    """Waits in seconds."""

    def __init__(self, chance: random.Random, jitter: Callable[[], float] = lambda: JITTER) -> None:
        """``jitter`` is asked for each wait: the share by which it may differ."""
        self._chance = chance
        self._jitter = jitter
        self._pending = 0
        self._breaks = 0

    def first(self, within_s: float) -> float:
        """Before the first call-in of a process."""
        return self._chance.uniform(0, within_s)

    def after(self, result: Result, interval_s: int) -> float:
        """Before the next call-in, given how the last one ended."""
        if result.outcome is not Outcome.PENDING:
            self._pending = 0
        if result.retry_after_s is not None:
            return self._jittered(result.retry_after_s)
        if result.slot_s is not None and EARLIEST * interval_s <= result.slot_s <= LATEST * interval_s:
            return result.slot_s + self._chance.random()
        if result.outcome is not Outcome.PENDING:
            return self._jittered(interval_s)
        wait = min(FIRST_RETRY_S * 2.0 ** min(self._pending, 16), interval_s)
        self._pending += 1
        return self._jittered(wait)

    def back(self, lasted_s: float, interval_s: int) -> float:
        """Before coming back when the connection to be held broke after ``lasted_s``, 0 when there was none.

        Anywhere in a spread, from its very beginning: who held a connection to the same handler lost it at this moment.
        """
        self._breaks = 0 if lasted_s >= LASTING_S else self._breaks
        spread = min(SPREAD_S * 2.0 ** min(self._breaks, 16), LONGEST_SPREAD_S, interval_s)
        self._breaks += 1
        return self._chance.uniform(0, spread)

    def soon(self) -> float:
        """Before the result of a run is told."""
        return self._chance.uniform(0, RESULTS_WITHIN_S)

    def _jittered(self, wait_s: float) -> float:
        jitter = self._jitter()
        return wait_s * self._chance.uniform(1 - jitter, 1 + jitter)
