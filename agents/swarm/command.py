"""`muster swarm`: makes the agents, runs them, prints what they saw."""

import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from agents.bootstrap import BadBootstrap, Bootstrap, Handler, read_bootstrap
from agents.codec import MsgpackCodec
from agents.swarm.acknowledged import Acknowledged
from agents.swarm.caller import Caller, Surroundings
from agents.swarm.endpoint import Endpoint
from agents.swarm.faults import faults_of
from agents.swarm.fleet import Fleet
from agents.swarm.keeping import Kept, UnusableSwarm, fresh, keep, kept
from agents.swarm.manifests import Manifests
from agents.swarm.measures import Measures
from agents.swarm.properties import property_set
from agents.swarm.result import complete, lines_of, result_of
from agents.swarm.sampled_trust import SampledTrust
from agents.swarm.seeded import seeded
from agents.swarm.settings import Settings, parse
from agents.swarm.tls import ClientTls
from agents.swarm.traffic import TrafficSum

ACKNOWLEDGED, INCOMPLETE, USAGE, UNREACHABLE = 0, 1, 2, 6


def main(argv: Sequence[str]) -> int:
    """Exit code 0: all was acknowledged; 1: not all; 2: usage; 6: nobody was reached."""
    settings = parse(argv)
    from twisted.internet import reactor

    with Acknowledged(settings.acknowledged) as acknowledged:
        try:
            run = Run(reactor, settings, acknowledged)
        except (OSError, BadBootstrap, UnusableSwarm) as error:
            print(f"muster swarm: {error}", file=sys.stderr)
            return USAGE
        return _run_alone(reactor, run, settings)


def _run_alone(untyped_reactor: Any, run: "Run", settings: Settings) -> int:
    """With the reactor for the run alone."""
    failures: list[Failure] = []

    def begin() -> None:
        run.go().addErrback(failures.append).addCallback(lambda _: untyped_reactor.stop())

    untyped_reactor.callWhenRunning(begin)
    untyped_reactor.run()
    for failure in failures:
        failure.raiseException()
    result = run.result()
    print(json.dumps(result) if settings.json else "\n".join(lines_of(result)))
    return run.exit_code()


class Run:
    """One swarm from its keys to its result; raises what makes its arguments unusable."""

    def __init__(self, reactor: Any, settings: Settings, acknowledged: Callable[[bytes, int], None]) -> None:
        bootstrap = read_bootstrap(settings.bootstrap.read_text(encoding="utf-8"))
        self._manifests = Manifests(MsgpackCodec())
        swarm = _swarm(settings, bootstrap, self._manifests)
        self._settings = settings
        self._deployment = bootstrap.deployment
        self._around = _surroundings(reactor, settings, bootstrap)
        faults = faults_of(settings.seed, settings.drop, settings.lose_reply)
        self._callers = [
            Caller(
                self._around,
                _endpoint(settings, number, each, acknowledged, self._manifests),
                _handler(bootstrap, number),
                faults(number),
            )
            for number, each in enumerate(swarm)
        ]

    def go(self) -> Deferred[None]:
        """Fires when all is over and kept."""
        fleet = Fleet(self._settings, self._around, self._callers, self._progress)
        return Deferred.fromCoroutine(fleet.run()).addCallback(lambda _: self._keep())

    @property
    def started(self) -> int:
        """How many agents are through with their registration and first properties."""
        return len(self._around.measures.registrations.latencies)

    def result(self) -> dict[str, Any]:
        """What `-o json` prints."""
        re_keyed = sum(caller.endpoint.succession.completed for caller in self._callers)
        result = result_of(self._settings, self._around.measures, self._around.traffic, time.process_time())
        return result | {"re_keyed": re_keyed, "delivery": self._delivery()}

    def exit_code(self) -> int:
        """See `main`."""
        measures = self._around.measures
        if complete(measures):
            return ACKNOWLEDGED
        return INCOMPLETE if measures.registrations.latencies or measures.call_ins.latencies else UNREACHABLE

    def _delivery(self) -> dict[str, int]:
        """What came to all agents in this run, and how many hold something at its end."""
        holders = sum(caller.endpoint.holding.manifest is not None for caller in self._callers)
        return {"manifests": self._manifests.manifests, "items": self._manifests.items, "holders": holders}

    def _keep(self) -> None:
        if self._settings.home is not None:
            rows = [caller.endpoint.kept for caller in self._callers]
            place = (self._settings.home, self._deployment, self._settings.seed)
            # Those who had no part in this run are not forgotten.
            keep(*place, rows + kept(*place, self._manifests)[len(rows) :])

    def _progress(self) -> None:
        measures = self._around.measures
        start, call_ins = measures.registrations, measures.call_ins
        print(
            f"started {len(start.latencies)}/{self._settings.agents}, "
            f"call-ins {len(call_ins.latencies)}/{call_ins.intended}, troubles {sum(measures.troubles.values())}",
            file=sys.stderr,
        )


def _surroundings(reactor: Any, settings: Settings, bootstrap: Bootstrap) -> Surroundings:
    """What all agents share."""
    codec = MsgpackCodec()
    measures = Measures()
    return Surroundings(
        reactor=reactor,
        codec=codec,
        tls=ClientTls(bootstrap),
        trust=SampledTrust(codec, bootstrap.root, settings.verify, settings.seed),
        mode=settings.mode,
        measures=measures,
        traffic=TrafficSum(),
        random=seeded(settings.seed, "pauses"),
        phase=measures.registrations,
        begin=reactor.seconds(),
        clock_ms=lambda: time.time_ns() // 1_000_000,
        interval_s=settings.interval_s,
    )


def _swarm(settings: Settings, bootstrap: Bootstrap, manifests: Manifests) -> list[Kept]:
    """As many agents as wanted: those kept first, then new ones, all kept before the first is seen by a server."""
    if settings.home is None:
        return fresh(settings.agents, settings.weak)
    swarm = kept(settings.home, bootstrap.deployment, settings.seed, manifests)
    swarm += fresh(settings.agents - len(swarm), settings.weak)
    keep(settings.home, bootstrap.deployment, settings.seed, swarm)
    return swarm[: settings.agents]


def _endpoint(
    settings: Settings, number: int, kept: Kept, acknowledged: Callable[[bytes, int], None], manifests: Manifests
) -> Endpoint:
    endpoint = Endpoint(MsgpackCodec(), kept.key, property_set(settings.seed, number), acknowledged, manifests)
    endpoint.resume(kept)
    return endpoint


def _handler(bootstrap: Bootstrap, number: int) -> Handler:
    """Agents are spread over all handlers."""
    return bootstrap.handlers[number % len(bootstrap.handlers)]
