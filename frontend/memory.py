"""Bytes of packages that are being received or await an answer, in all."""


class MemoryInFlight:
    """A sum with a limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.bytes = 0

    def take(self, size: int) -> bool:
        """Count these bytes; False when they are more than there is room for (they are counted all the same)."""
        self.bytes += size
        return self.bytes <= self._limit

    def give(self, size: int) -> None:
        """They are no longer held."""
        self.bytes -= size
