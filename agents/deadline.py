"""How long a handler may take, by an injected clock."""

from collections.abc import Callable
from typing import NamedTuple

Monotonic = Callable[[], float]


class Patience(NamedTuple):
    """Seconds: to connect, shake hands and be welcomed; for one answer; for the whole server list."""

    connect_s: float = 10
    answer_s: float = 30
    list_s: float = 60


class TooSlow(Exception):
    """A handler did not do its part in time."""


class Deadline:
    """A moment after which waiting is over."""

    def __init__(self, clock: Monotonic, seconds: float) -> None:
        self._clock = clock
        self._end = clock() + seconds

    def remaining(self) -> float:
        """Seconds left; raise TooSlow when there are none."""
        left = self._end - self._clock()
        if left <= 0:
            raise TooSlow("no answer in time")
        return left

    @property
    def left(self) -> float:
        """Seconds left; below 0 since it is over."""
        return self._end - self._clock()

    @property
    def over(self) -> bool:
        """True when no time is left."""
        return self._end <= self._clock()
