"""A bucket that fills at a steady rate and from which each act takes a token."""


class TokenBucket:
    """Full at first; `taken` may go into debt, so that what already happened is paid for later."""

    __slots__ = ("_at", "_capacity", "_per_s", "_tokens")

    def __init__(self, capacity: float, per_s: float, now: float) -> None:
        self._capacity = capacity
        self._per_s = per_s
        self._tokens = float(capacity)
        self._at = now

    def level(self, now: float) -> float:
        """Tokens there are now; below 1 nothing should happen."""
        self._tokens = min(self._capacity, self._tokens + (now - self._at) * self._per_s)
        self._at = now
        return self._tokens

    def full(self, now: float) -> bool:
        """Whether nothing was taken lately."""
        return self.level(now) >= self._capacity

    def take(self, now: float) -> None:
        """One act more; at most one capacity of debt is kept."""
        self._tokens = max(self.level(now) - 1.0, -self._capacity)
