"""The end of a frontend: nothing is accepted any more, what is in flight is answered, then all is closed."""

from twisted.internet.defer import Deferred

from frontend.house import House


class Drain:
    """`closed` fires when the last connection is gone; `look` is to be called now and then."""

    def __init__(self, house: House, now: float) -> None:
        self.closed: Deferred[None] = Deferred()
        self._house = house
        self._ends_at = now + house.limits.drain_s
        house.draining = True
        for connection in house.deadlines:
            connection.drain()

    def look(self, now: float) -> None:
        """Over when nobody is left; who is left after the time allowed is cut off."""
        if not len(self._house.deadlines):
            if not self.closed.called:
                self.closed.callback(None)
        elif now >= self._ends_at:
            for connection in self._house.deadlines:
                connection.abort("drain_over")
