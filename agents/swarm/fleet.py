"""A run: agents start over the ramp, then call in at their times, then the last answers are awaited."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall

from agents.swarm.caller import Caller, Surroundings
from agents.swarm.measures import Measured
from agents.swarm.schedule import Schedule
from agents.swarm.settings import Settings
from agents.swarm.traffic import TrafficSum

_LOOK_EVERY_S = 1.0
_SETTLED_EVERY_S = 0.05


class Fleet:
    """``progress`` is called about once a second."""

    def __init__(
        self, settings: Settings, around: Surroundings, callers: list[Caller], progress: Callable[[], None]
    ) -> None:
        self._settings = settings
        self._around = around
        self._callers = callers
        self._progress = progress
        self._reactor = around.reactor

    async def run(self) -> None:
        """All of it."""
        looking = LoopingCall(self._look)
        looking.clock = self._reactor
        looking.start(_LOOK_EVERY_S, now=False)
        try:
            await self._phase(self._around.measures.registrations, self._ramp())
            if self._settings.duration_s and self._around.measures.registrations.latencies:
                now: float = self._reactor.seconds()
                settings = self._settings
                if settings.rekey:
                    for caller in self._callers:
                        caller.endpoint.succession.begin()
                schedule = Schedule(settings.agents, settings.interval_s, now, now + settings.duration_s, settings.seed)
                await self._phase(self._around.measures.call_ins, schedule)
        finally:
            looking.stop()
            for caller in self._callers:
                caller.end()

    def _ramp(self) -> Schedule:
        """Every agent once."""
        now: float = self._reactor.seconds()
        ramp_s = max(self._settings.ramp_s, 1e-6)
        return Schedule(self._settings.agents, ramp_s, now, now + ramp_s, self._settings.seed)

    async def _phase(self, measured: Measured, schedule: Schedule) -> None:
        around = self._around
        around.phase, around.traffic, around.begin = measured, TrafficSum(), self._reactor.seconds()
        for caller in self._callers:
            caller.count_from_here()
        while (at := schedule.next_at()) is not None:
            await self._sleep(max(0.0, at - self._reactor.seconds()))
            for intended, agent in schedule.due(self._reactor.seconds()):
                self._callers[agent].want(intended)
        # Idle agents stay for the whole time too: they hold connections and can be woken.
        await self._sleep(max(0.0, schedule.end - self._reactor.seconds()))
        await self._settled()
        measured.seconds = self._reactor.seconds() - around.begin
        self._count_unanswered(measured)

    async def _settled(self) -> None:
        """Until all are answered, or the time for one answer is over twice."""
        latest = self._reactor.seconds() + 2 * self._settings.timeout_s
        while any(caller.wanted for caller in self._callers) and self._reactor.seconds() < latest:
            await self._sleep(_SETTLED_EVERY_S)

    def _count_unanswered(self, measured: Measured) -> None:
        now = self._reactor.seconds()
        for caller in self._callers:
            measured.unanswered.extend(now - intended for intended in caller.wanted)
            caller.wanted.clear()

    def _sleep(self, seconds: float) -> Deferred[None]:
        over: Deferred[None] = Deferred()
        self._reactor.callLater(seconds, over.callback, None)
        return over

    def _look(self) -> None:
        now = self._reactor.seconds()
        for caller in self._callers:
            caller.look(now, self._settings.timeout_s)
        self._progress()
