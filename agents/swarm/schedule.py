"""When each agent of a swarm calls in: every interval, at an offset of its own, whatever happened before."""

import heapq

from agents.swarm.seeded import seeded


class Schedule:
    """Intended times, in order, from ``begin`` until ``end``."""

    def __init__(self, agents: int, interval_s: float, begin: float, end: float, seed: int) -> None:
        random = seeded(seed, "offsets")
        self._interval_s = interval_s
        self.end = end
        first = ((begin + random.random() * interval_s, agent) for agent in range(agents))
        self._heap = [each for each in first if each[0] < end]
        heapq.heapify(self._heap)

    def next_at(self) -> float | None:
        """The next intended time; None when all is over."""
        return self._heap[0][0] if self._heap else None

    def due(self, now: float) -> list[tuple[float, int]]:
        """Take out all (time, agent) up to now."""
        due: list[tuple[float, int]] = []
        while self._heap and self._heap[0][0] <= now:
            at, agent = self._heap[0]
            due.append((at, agent))
            if at + self._interval_s < self.end:
                heapq.heapreplace(self._heap, (at + self._interval_s, agent))
            else:
                heapq.heappop(self._heap)
        return due
