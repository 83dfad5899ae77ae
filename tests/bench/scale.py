"""How much is measured: enough for figures to quote, or a quick look."""

from typing import NamedTuple


class Scale(NamedTuple):
    """Durations in seconds, rates in call-ins per second. `attempts`: how often a rate may fail on a shared machine."""

    agents: int = 600
    latency_s: int = 30
    rungs: tuple[int, ...] = (300, 600, 900, 1200, 1500, 1800, 2500)
    rung_s: int = 8
    attempts: int = 2
    processor_rates: tuple[int, ...] = (600, 1200)
    windows: int = 3
    window_s: int = 5
    wire_s: int = 6
    rounds: int = 5
    stored_agents: int = 500
    stored_call_ins: int = 50_000
    appended_batches: int = 100
    kill: bool = True
    pushed: int = 10_000
    rotating: int = 10_000
    rotating_weak: int = 200
    governed: int = 100_000
    tree_changes: int = 50_000


FULL = Scale()
QUICK = Scale(
    agents=200,
    latency_s=6,
    rungs=(600, 1200, 1800),
    rung_s=3,
    processor_rates=(1200,),
    windows=1,
    window_s=4,
    attempts=1,
    wire_s=2,
    rounds=3,
    stored_call_ins=5_000,
    appended_batches=30,
    kill=False,
    pushed=200,
    rotating=400,
    rotating_weak=10,
    governed=20_000,
    tree_changes=5_000,
)
