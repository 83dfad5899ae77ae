"""Slots: seconds to come in which agents were asked to call in, so that those who came together do not come together
again."""

from collections import Counter
from random import Random

ABOVE = 50
"""Call-ins in one second from which on slots are named: below that an agent's own jitter spreads enough."""
SHORTEST_INTERVAL_S = 20
"""Below, a slot of whole seconds is coarser than the jitter."""
_CHOICES = 4
_SWEEP_EVERY_S = 60


class Slots:
    """How many are expected in which second. Kept for one worker's term: those before it are no longer known."""

    def __init__(self, seed: bytes, above: int = ABOVE) -> None:
        self._chance = Random(seed)  # noqa: S311 - it spreads load, it hides nothing
        self._above = above
        self._planned: Counter[int] = Counter()
        self._now_s = 0
        self._arrived = 0
        self._sweep_s = 0

    def name(self, now_s: int, interval_s: int, *, together: bool, instead_of: int = 0) -> int | None:
        """The second for an agent that calls in now; None when few do.

        The emptiest of a few at random: of the last half of its interval when many began ``together``, else of what
        its own jitter would choose from. ``instead_of`` is its slot until now.
        """
        self._arrive(now_s)
        if instead_of > now_s:
            self._planned[instead_of] -= 1
        if self._arrived <= self._above or interval_s < SHORTEST_INTERVAL_S:
            return None
        first, last = (interval_s // 2, interval_s) if together else (interval_s * 9 // 10, interval_s * 11 // 10)
        seconds = [now_s + first + int(self._chance.random() * (last - first + 1)) for _ in range(_CHOICES)]
        chosen = min(seconds, key=self._planned.__getitem__)
        self._planned[chosen] += 1
        return chosen

    def _arrive(self, now_s: int) -> None:
        if now_s != self._now_s:
            self._now_s, self._arrived = now_s, 0
        self._arrived += 1
        if now_s >= self._sweep_s:
            self._sweep_s = now_s + _SWEEP_EVERY_S
            self._planned = Counter({second: number for second, number in self._planned.items() if second > now_s})
