"""What is printed at the end of a run: one JSON object, or the same for people."""

from typing import Any

from agents.swarm.measures import Measured, Measures, summary_ms
from agents.swarm.settings import Settings
from agents.swarm.traffic import TrafficSum


def result_of(settings: Settings, measures: Measures, traffic: TrafficSum, cpu_s: float) -> dict[str, Any]:
    """``cpu_s`` is the swarm's own processor time: what it took from the machine it shares with the server."""
    call_ins = measures.call_ins
    return {
        "agents": settings.agents,
        "mode": str(settings.mode),
        "seed": settings.seed,
        "interval_s": settings.interval_s,
        "start": _phase(measures.registrations),
        "call_ins": {**_phase(call_ins), "series": call_ins.series()},
        "bytes": _bytes(traffic, len(call_ins.latencies)),
        "troubles": dict(sorted(measures.troubles.items())),
        "connections": dict(measures.connections),
        "hints": measures.hints,
        "swarm_cpu_s": round(cpu_s, 3),
    }


def complete(measures: Measures) -> bool:
    """Whether everything that was intended was acknowledged."""
    return not (measures.registrations.unanswered or measures.call_ins.unanswered)


def lines_of(result: dict[str, Any]) -> list[str]:
    """For people."""
    lines = [f"{result['agents']} agents, {result['mode']} connections"]
    for name in ("start", "call_ins"):
        phase = result[name]
        latency = phase["latency_ms"]
        lines.append(
            f"{name}: {phase['acknowledged']} of {phase['intended']} acknowledged, {phase['per_second']} per second, "
            f"p50 {latency['p50']} ms, p99 {latency['p99']} ms, max {latency['max']} ms"
        )
    lines.append(f"bytes per call-in over IP, both ways: {result['bytes']['ip_per_call_in']}")
    if (taken := result["delivery"])["manifests"]:
        lines.append(f"delivered: {taken['manifests']} manifests, {taken['items']} items; {taken['holders']} hold one")
    lines += [f"{name}: {count}" for name, count in result["troubles"].items()]
    return lines


def _phase(measured: Measured) -> dict[str, Any]:
    acknowledged = len(measured.latencies)
    return {
        "intended": measured.intended,
        "acknowledged": acknowledged,
        "unanswered": len(measured.unanswered),
        "seconds": round(measured.seconds, 3),
        "per_second": round(acknowledged / measured.seconds, 1) if measured.seconds else None,
        # What was not answered waited at least this long: leaving it out would make silence look fast.
        "latency_ms": summary_ms([*measured.latencies, *measured.unanswered]),
        "lag_ms": summary_ms(measured.lags),
        "seconds_until": {name: measured.time_until(share) for name, share in _SHARES.items()},
    }


_SHARES = {"50%": 0.5, "99%": 0.99, "100%": 1.0}


def _bytes(traffic: TrafficSum, call_ins: int) -> dict[str, Any]:
    def per_call_in(total: int) -> float | None:
        return round(total / call_ins, 1) if call_ins else None

    return {
        "read": traffic.read,
        "written": traffic.written,
        "segments": traffic.segments,
        "tls_per_call_in": per_call_in(traffic.read + traffic.written),
        "ip_per_call_in": per_call_in(traffic.ip_bytes),
    }
