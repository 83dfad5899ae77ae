"""Rotation under load: a new server key, and new keys of all agents, on request or of their own will."""

import threading
from typing import Any

from server_key_rotation import rotate_at_once
from tests.bench.bench_site import CONNECTING_PER_S, BenchSite
from tests.bench.figure import Figure, Target
from tests.bench.ground import Ground

HOME = "rotation"
RATE = 200
"""Call-ins a second of all agents."""
LEAST_S = 10
"""The operator's part takes some seconds."""


def measure(ground: Ground) -> list[Figure]:
    """Each agent offers its next key at its first call-in; RSA-2048 ones are asked to by the key policy besides."""
    site, agents, weak = ground.site, ground.scale.rotating, ground.scale.rotating_weak
    _open(site, agents, weak)
    rotation = _Rotation(site)
    seconds = max(LEAST_S, 3 * agents / RATE)
    result = site.call_ins(
        rate=RATE, seconds=seconds, agents=agents, home=HOME, watch=lambda _: rotation.begin(), rekey=True
    )
    failure = rotation.end()
    after = site.call_ins(rate=RATE, seconds=max(LEAST_S / 2, 2 * agents / RATE), agents=agents, home=HOME)
    site.wait_until_caught_up(60)
    return _figures(site, [result, after], agents, failure)


def _open(site: BenchSite, agents: int, weak: int) -> None:
    """Everybody is registered and has called in once; the weak keys are below nothing yet."""
    site.call_ins(rate=RATE, seconds=1, agents=agents, home=HOME, ramp_s=agents / CONNECTING_PER_S, weak=weak)


def _figures(site: BenchSite, results: list[dict[str, Any]], agents: int, failure: str) -> list[Figure]:
    newest = site.people_json("keys", "list")["items"][-1]
    below = site.people_json("keys", "policy", "show")["below"]
    missed = sum(each["call_ins"]["intended"] - each["call_ins"]["acknowledged"] for each in results)
    troubles = ", ".join(f"{name}: {count}" for each in results for name, count in each["troubles"].items())
    re_keyed = sum(each["re_keyed"] for each in results)
    name = f"rotation of {agents:,} agents at {RATE}/s"
    return [
        Figure(f"{name}: call-ins missed", missed, "", Target(0), note=failure or troubles),
        Figure(f"{name}: agents with a new key", re_keyed, "", Target(agents, at_least=True)),
        Figure(f"{name}: agents below the minimum", below, "", Target(0)),
        Figure(f"{name}: p99", results[0]["call_ins"]["latency_ms"]["p99"], "ms"),
        Figure(f"{name}: agents that hold the new server key", newest["agents"], "", Target(agents, at_least=True)),
    ]


class _Rotation:
    """What an operator does meanwhile, in a thread of its own: the swarm is watched in the other."""

    def __init__(self, site: BenchSite) -> None:
        self._site = site
        self._failure = ""
        self._thread = threading.Thread(target=self._run)

    def begin(self) -> None:
        """At the first moment that anybody called in."""
        if not self._thread.ident:
            self._thread.start()

    def end(self) -> str:
        """What went wrong; empty for nothing."""
        if not self._thread.ident:
            return "nobody called in"
        self._thread.join()
        return self._failure

    def _run(self) -> None:
        try:
            version = max(each["version"] for each in self._site.people_json("keys", "list")["items"]) + 1
            rotate_at_once(self._site, version)
            done = self._site.people("keys", "policy", "set", "--minimum", "p256")
            assert done.returncode == 0, done.stderr
        except Exception as error:
            self._failure = repr(error)
