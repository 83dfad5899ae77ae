"""The due times that were started, as runs of neighbours: remembered for as long as a clock may be put back."""

from bisect import insort
from collections.abc import Callable

MAX_RUNS = 32
"""Of neighbours; normal life is one run that grows, each gap of missed due times begins another."""

Next = Callable[[int], int | None]


class Handled:
    """Never forgets a due time. Beyond MAX_RUNS the two oldest become one: what lay between counts as started too."""

    def __init__(self, runs: list[tuple[int, int]] | None = None) -> None:
        self._runs = sorted(runs or [])

    @property
    def runs(self) -> list[tuple[int, int]]:
        """First and last due time of each run, ascending."""
        return list(self._runs)

    def run_with(self, due_ms: int) -> tuple[int, int] | None:
        """The run that holds ``due_ms``; None when it was not started."""
        return next((run for run in self._runs if run[0] <= due_ms <= run[1]), None)

    def add(self, due_ms: int, next_after: Next) -> None:
        """``due_ms`` is started; it joins a run that it is the next or the last before of."""
        if self.run_with(due_ms):
            return
        first = last = due_ms
        for run in self.runs:
            if run[1] < due_ms and next_after(run[1]) == due_ms:
                first = run[0]
                self._runs.remove(run)
            elif run[0] > due_ms and next_after(due_ms) == run[0]:
                last = run[1]
                self._runs.remove(run)
        insort(self._runs, (first, last))
        if len(self._runs) > MAX_RUNS:
            self._runs[:2] = [(self._runs[0][0], self._runs[1][1])]
