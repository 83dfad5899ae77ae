"""A bell that wakes the followers of the log when it may have grown."""

import time
from collections.abc import Callable
from threading import Condition


class Bell:
    """Rung after an append; whoever waits looks for himself too, since a ring may come from nobody or get lost."""

    def __init__(self, look_every_s: float) -> None:
        self._look_every_s = look_every_s
        self._condition = Condition()
        self._rings = 0

    def ring(self) -> None:
        """Wake everybody who waits."""
        with self._condition:
            self._rings += 1
            self._condition.notify_all()

    def wait(self, has_grown: Callable[[], bool], timeout_s: float) -> bool:
        """True at a ring or as soon as `has_grown` says so, False when neither came in time."""
        deadline = time.monotonic() + timeout_s
        with self._condition:
            heard = self._rings
        while not has_grown():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            with self._condition:
                if self._condition.wait_for(lambda: self._rings != heard, min(left, self._look_every_s)):
                    return True
        return True
