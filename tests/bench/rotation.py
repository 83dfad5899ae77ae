"""Rotation under load: a new server key, and new keys of all agents, on request or of their own will."""

import threading
from typing import Any

from server_key_rotation import new_generation
from tests.bench.bench_site import CONNECTING_PER_S, BenchSite
from tests.bench.figure import Figure, Target
from tests.bench.ground import Ground

HOME = "rotation"
RATE = 200
"""Call-ins a second of all agents."""
LEAST_S = 20
"""The operator's part takes some seconds, and each agent is to call in twice after it."""


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
    site.wait_until_caught_up(60)
    return _figures(site, result, agents, failure)


def _open(site: BenchSite, agents: int, weak: int) -> None:
    """Everybody is registered and has called in once; the weak keys are below nothing yet."""
    site.call_ins(rate=RATE, seconds=1, agents=agents, home=HOME, ramp_s=agents / CONNECTING_PER_S, weak=weak)


def _figures(site: BenchSite, result: dict[str, Any], agents: int, failure: str) -> list[Figure]:
    call_ins, newest = result["call_ins"], site.people_json("keys", "list")["items"][-1]
    below = site.people_json("keys", "policy", "show")["below"]
    missed = call_ins["intended"] - call_ins["acknowledged"]
    troubles = ", ".join(f"{name}: {count}" for name, count in result["troubles"].items())
    name = f"rotation of {agents:,} agents at {RATE}/s"
    return [
        Figure(f"{name}: call-ins missed", missed, "", Target(0), note=failure or troubles),
        Figure(f"{name}: agents with a new key", result["re_keyed"], "", Target(agents, at_least=True)),
        Figure(f"{name}: agents below the minimum", below, "", Target(0)),
        Figure(f"{name}: p99", call_ins["latency_ms"]["p99"], "ms"),
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
            new_generation(self._site, self._site.directory, version)
            done = self._site.people("keys", "policy", "set", "--minimum", "p256")
            assert done.returncode == 0, done.stderr
        except Exception as error:
            self._failure = repr(error)
