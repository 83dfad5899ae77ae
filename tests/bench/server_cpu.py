"""Processor time that the server spends on one call-in, process by process."""

import time
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from tests.bench.bench_site import BenchSite
from tests.bench.figure import Figure, Floor, Target
from tests.bench.floors import sign_ms, tls_record_ms, verify_ms
from tests.bench.ground import Ground
from tests.bench.processor_time import all_s
from tests.bench.scale import Scale
from tests.bench.swarm_run import Moment

WARM_UP_S = 3
PARTS = ("frontend", "worker", "projector", "rabbitmq", "postgres", "console")


def measure(ground: Ground) -> list[Figure]:
    """At each rate, the median of some windows of one steady run; between windows nothing is stopped."""
    floors = {"P-256 verify": verify_ms(), "Ed25519 sign": sign_ms(), "TLS records": tls_record_ms(ground.site.data)}
    found = [Figure(f"floor: {name}", value, "ms") for name, value in floors.items()]
    found.append(_idle(ground.site, ground.scale.window_s))
    for rate in ground.scale.processor_rates:
        found += _at(ground.site, rate, ground.scale, sum(floors.values()))
    return found


def _idle(site: BenchSite, seconds: int) -> Figure:
    """What the processes use for themselves; at a low rate it is most of what a call-in seems to cost."""
    roots = site.roots()
    before = all_s(roots)
    time.sleep(seconds)
    used = {part: 1000 * (after - before[part]) / seconds for part, after in all_s(roots).items()}
    note = ", ".join(f"{part} {spent:.1f}" for part, spent in used.items())
    return Figure("server CPU while nobody calls, per second", sum(used.values()), "ms", note=note)


class Reading(NamedTuple):
    """What every part had used when so many call-ins were acknowledged and so many transactions committed."""

    moment: Moment
    seconds: dict[str, float]
    batches: float


def _at(site: BenchSite, rate: int, scale: Scale, floor_ms: float) -> list[Figure]:
    readings = _readings(site, rate, scale)
    windows = list(pairwise(readings))
    name = f"server CPU per call-in at {rate:,}/s"
    missing = [part for part in PARTS if part not in readings[0].seconds]
    parts = [
        Figure(f"{name}: {part}", median(_part_ms(part, *window) for window in windows), "ms")
        for part in PARTS
        if part not in missing
    ]
    total = median(sum(_part_ms(part, *window) for part in window[0].seconds) for window in windows)
    share = median(_acknowledged(*window) / (window[1].batches - window[0].batches) for window in windows)
    achieved = median(_acknowledged(*window) / (window[1].moment.at_s - window[0].moment.at_s) for window in windows)
    note = f"{achieved:,.0f}/s acknowledged, {share:.1f} a transaction"
    note += f"; without {', '.join(missing)}: in a container" if missing else ""
    floor = Floor(floor_ms, "verify + sign + TLS records")
    return [*parts, Figure(f"{name}: all", total, "ms", Target(0.60), floor, note)]


def _readings(site: BenchSite, rate: int, scale: Scale) -> list[Reading]:
    """One at the end of the warm-up and of each window, taken when the swarm tells how far it is."""
    roots, readings, heard = site.roots(), list[Reading](), list[Moment]()

    def watch(moment: Moment) -> None:
        heard.append(moment)
        elapsed = len(heard) - WARM_UP_S
        if elapsed >= 0 and elapsed % scale.window_s == 0:
            batches = site.worker_counts()["muster_worker_batches_total"]
            readings.append(Reading(moment, all_s(roots), batches))

    site.call_ins(rate=rate, seconds=WARM_UP_S + scale.windows * scale.window_s + 2, watch=watch)
    assert len(readings) > scale.windows, "the swarm said too little"
    return readings[: scale.windows + 1]


def _acknowledged(before: Reading, after: Reading) -> int:
    return after.moment.acknowledged - before.moment.acknowledged


def _part_ms(part: str, before: Reading, after: Reading) -> float:
    return 1000 * (after.seconds[part] - before.seconds[part]) / _acknowledged(before, after)
