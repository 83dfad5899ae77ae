"""Numbers 1, 2, 3 of this key: written before they are sent, resent with the same body until known to be delivered."""

from agents.keep import Keep
from agents.state import InFlight


class Diary:
    """The numbered packages of one key; at most one is in flight."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep

    @property
    def in_flight(self) -> InFlight | None:
        """The package whose delivery is not known; nothing else may be numbered before it."""
        return self._keep.state.in_flight

    def prepare(self, kind: int, flags: int, body: bytes, state_hash: bytes) -> InFlight:
        """Give the next number to a body and store both: only now may its first byte be sent."""
        state = self._keep.state
        if state.in_flight is not None:
            raise RuntimeError(f"package {state.in_flight.number} is still in flight")
        state.in_flight = InFlight(state.next_number, kind, flags, body, state_hash)
        self._keep.save()
        return state.in_flight

    def delivered(self, next_number: int) -> InFlight | None:
        """The package in flight, if the signed ``next_number`` of any answer says that it is delivered."""
        waiting = self.in_flight
        return waiting if waiting and waiting.number < next_number else None

    def settle(self, next_number: int) -> None:
        """Forget what is delivered; saved after its effects are, so that a crash in between only resends."""
        state = self._keep.state
        if self.delivered(next_number):
            state.in_flight = None
        if state.in_flight is None:
            state.next_number = max(state.next_number, next_number)

    def renumber(self, next_number: int) -> None:
        """A signed refusal named another next number, lower or higher: the body in flight gets it, stored at once."""
        state = self._keep.state
        state.next_number = max(next_number, 1)
        if state.in_flight is not None:
            state.in_flight = state.in_flight._replace(number=state.next_number)
        self._keep.save()

    def drop(self, next_number: int) -> None:
        """The body in flight was refused for what it is, and set aside; a signed refusal names who gets its number."""
        state = self._keep.state
        state.in_flight = None
        state.next_number = max(next_number, 1)
