"""Wake-up hints to held connections: merged, for one key at most one a second."""

from collections.abc import Callable

from frontend.timing import Timer


class MergedHints:
    """`tell` sends MsgAvailable to the connection of a key, if there is one."""

    def __init__(self, timer: Timer, every_s: float, tell: Callable[[bytes], None]) -> None:
        self._timer = timer
        self._every_s = every_s
        self._tell = tell
        # Each key told lately, and whether another hint came since.
        self._told: dict[bytes, bool] = {}

    def hint(self, key: bytes) -> None:
        """Tell now, or when a second has passed since the last time."""
        if key in self._told:
            self._told[key] = True
            return
        self._told[key] = False
        self._tell(key)
        self._timer.callLater(self._every_s, self._second_passed, key)

    def _second_passed(self, key: bytes) -> None:
        if self._told.pop(key):
            self.hint(key)
