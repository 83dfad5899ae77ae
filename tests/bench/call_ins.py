"""Call-ins per second and their latency through frontend, RabbitMQ, worker, PostgreSQL and projections."""

from typing import Any, NamedTuple

from tests.bench.bench_site import BenchSite
from tests.bench.figure import Figure, Floor, Target
from tests.bench.floors import plain_loop_per_s
from tests.bench.ground import Ground
from tests.bench.swarm_run import acknowledged_within

RATE = 1200
CAUGHT_UP_S = 5.0
ALONE_RATE = 20


def measure(ground: Ground) -> list[Figure]:
    """Open loop: latencies count from the time at which each call-in should have begun."""
    return [*_latency(ground), _sustained(ground)]


def _latency(ground: Ground) -> list[Figure]:
    seconds = ground.scale.latency_s
    alone = ground.site.call_ins(rate=ALONE_RATE, seconds=3)["call_ins"]["latency_ms"]
    result = ground.site.call_ins(rate=RATE, seconds=seconds)
    lag_s = ground.site.wait_until_caught_up(60)
    latency = result["call_ins"]["latency_ms"]
    floors = {name: Floor(alone[name], f"at {ALONE_RATE}/s") for name in ("p50", "p99", "max")}
    targets = {"p99": Target(100)}
    name = f"latency at {RATE:,}/s for {seconds} s"
    return [
        *(Figure(f"{name}: {each}", latency[each], "ms", targets.get(each), floors[each]) for each in floors),
        Figure(f"{name}: achieved", acknowledged_within(result, seconds) / seconds, "/s"),
        Figure(f"{name}: errors", _errors(result), "", Target(0), note=_troubles(result)),
        Figure("the swarm's own CPU per call-in, on the same cores", _swarm_ms(result), "ms"),
        Figure(f"{name}: projections caught up after", lag_s, "s", Target(CAUGHT_UP_S)),
    ]


class Rung(NamedTuple):
    """One step of the ladder: what was offered, and how much of it was acknowledged in time."""

    rate: int
    acknowledged: float
    p99_ms: float
    holds: bool


def _sustained(ground: Ground) -> Figure:
    """Up the ladder until a rung fails twice: once may be the doing of the neighbours."""
    climbed: list[Rung] = []
    for rate in ground.scale.rungs:
        for _ in range(ground.scale.attempts):
            rung = _rung(ground.site, rate, ground.scale.rung_s)
            climbed.append(rung)
            if rung.holds:
                break
        else:
            break
    held = [rung.rate for rung in climbed if rung.holds]
    floor = Floor(plain_loop_per_s(ground.postgres.superuser_dsn()), "verify, sign, insert 100 at once: one plain loop")
    steps = "; ".join(_told(rung) for rung in climbed)
    return Figure("call-ins/s sustained", max(held, default=0), "/s", Target(1500, at_least=True), floor, steps)


def _rung(site: BenchSite, rate: int, seconds: int) -> Rung:
    """It holds when 98 % are answered in time, p99 stays below a second and the projections follow."""
    result = site.call_ins(rate=rate, seconds=seconds)
    p99_ms = result["call_ins"]["latency_ms"]["p99"]
    in_time = acknowledged_within(result, seconds) >= 0.98 * result["call_ins"]["intended"]
    follows = site.wait_until_caught_up(CAUGHT_UP_S) is not None
    acknowledged = acknowledged_within(result, seconds) / seconds
    return Rung(rate, acknowledged, p99_ms, in_time and p99_ms < 1000 and follows)


def _told(rung: Rung) -> str:
    failed = "" if rung.holds else f" FAILED, {rung.acknowledged:,.0f}/s"
    return f"{rung.rate:,} p99 {rung.p99_ms:,.0f} ms{failed}"


def _errors(result: dict[str, Any]) -> int:
    return int(result["call_ins"]["unanswered"] + sum(result["troubles"].values()))


def _swarm_ms(result: dict[str, Any]) -> float:
    """Its start and its agents' connecting included."""
    return 1000 * float(result["swarm_cpu_s"]) / int(result["call_ins"]["acknowledged"])


def _troubles(result: dict[str, Any]) -> str:
    return ", ".join(f"{name}: {count}" for name, count in result["troubles"].items())
