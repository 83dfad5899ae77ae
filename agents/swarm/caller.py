"""One agent at work: call-ins in the order of their intended times, over connections as its mode wants them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from random import Random
from typing import Any

from OpenSSL import SSL

from agents.bootstrap import Handler
from agents.schedule import Schedule
from agents.swarm.endpoint import Endpoint, Step
from agents.swarm.faults import Faults
from agents.swarm.link import Link, dial
from agents.swarm.measures import Measured, Measures
from agents.swarm.settings import Mode
from agents.swarm.tls import ClientTls
from agents.swarm.traffic import Traffic, TrafficSum
from wire.agent_session import AgentSession, Answered, Event, State, Told, Violated, Welcomed
from wire.codec import Codec
from wire.trust import ServerTrust
from wire.types import ServerType

ON_PURPOSE = "_on_purpose"
_SHORTEST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 10.0


@dataclass
class Surroundings:
    """What all callers of a swarm share; ``phase`` is what is being measured now, since ``begin``."""

    reactor: Any
    codec: Codec
    tls: ClientTls
    trust: ServerTrust
    mode: Mode
    measures: Measures
    traffic: TrafficSum
    random: Random
    phase: Measured
    begin: float
    clock_ms: Any
    interval_s: float = 3600.0


class Caller:
    """Drives one endpoint; ``waiting_since`` is the time of the package or dial that is under way, None when idle."""

    def __init__(self, around: Surroundings, endpoint: Endpoint, handler: Handler, faults: Faults) -> None:
        self.endpoint = endpoint
        self.waiting_since: float | None = None
        self.wanted: deque[float] = deque()
        self._around = around
        self._handler = handler
        self._faults = faults
        self._link: Link | None = None
        self._tls_session: SSL.Session | None = None
        self._resting: Any = None
        self._pause_s = _SHORTEST_PAUSE_S
        self._counted = Traffic()
        self._serving = 0.0
        self._schedule = Schedule(around.random)
        self._held_since: float | None = None

    def want(self, intended: float) -> None:
        """A call-in (the first: the registration) should begin at this time; it waits while another is under way."""
        self._around.phase.intended += 1
        self.wanted.append(intended)
        if len(self.wanted) == 1:
            self._around.phase.lags.append(self._around.reactor.seconds() - intended)
            self._go_on()

    def look(self, now: float, timeout_s: float) -> None:
        """Give up on an answer that does not come."""
        if self.waiting_since is not None and now - self.waiting_since > timeout_s and self._link is not None:
            self._link.end("timeout")

    def count_from_here(self) -> None:
        """Traffic before this moment does not belong to call-ins."""
        if self._link is not None and self.waiting_since is None:
            self._counted = self._link.traffic

    def end(self) -> None:
        """Close; what is under way stays unanswered."""
        self.wanted.clear()
        if self._resting is not None and self._resting.active():
            self._resting.cancel()
        self._hang_up(whole=False)

    def heard(self, event: Event) -> None:
        """The server said something."""
        around = self._around
        if isinstance(event, Welcomed):
            self._go_on()
        elif isinstance(event, Violated):
            self._end_link("untrusted_answer")
        elif isinstance(event, Told) and event.type is ServerType.MSG_AVAILABLE:
            around.measures.hints += 1
            if not self.wanted:
                self.want(around.reactor.seconds())
        elif isinstance(event, Answered) and self._faults.loses_reply():
            self._end_link(f"reply_lost{ON_PURPOSE}")
        else:
            self._answered(event)

    def lost(self, why: str) -> None:
        """The connection is gone or never was: again after a moment, if there is something to say."""
        self._around.measures.troubles[why] += 1
        self._link, self.waiting_since = None, None
        # A session that the server forgot would be refused again and again.
        self._tls_session = None if why == "connection_failed" else self._tls_session
        if self._around.mode is Mode.PUSH:
            self._come_back()
        elif self.wanted:
            self._rest(self._pause_s * (0.5 + self._around.random.random()))
            if not why.endswith(ON_PURPOSE):
                self._pause_s = min(self._pause_s * 2, _LONGEST_PAUSE_S)

    def _come_back(self) -> None:
        """Others have lost their connection at this moment too."""
        now, since = self._around.reactor.seconds(), self._held_since
        wait_s = self._schedule.back(0 if since is None else now - since, round(self._around.interval_s))
        self._held_since = None
        self._rest(wait_s)
        if not self.wanted:
            self._around.phase.intended += 1
            self.wanted.append(now + wait_s)

    def _answered(self, event: Answered | Told) -> None:
        self.waiting_since = None
        step, trouble, rest_s = self.endpoint.heard(event)
        if trouble:
            self._around.measures.troubles[trouble] += 1
        if step is Step.SAY:
            self._go_on()
        elif step is Step.DONE:
            self._done()
        elif step is Step.REST:
            self._rest(rest_s)

    def _done(self) -> None:
        around = self._around
        self._pause_s = _SHORTEST_PAUSE_S
        # What was given up as unanswered meanwhile is answered now, but nobody waits for it any more.
        if self.wanted and self.wanted[0] == self._serving:
            around.phase.done(self.wanted.popleft(), around.reactor.seconds(), around.begin)
        if around.mode not in (Mode.OPEN, Mode.PUSH):
            self._hang_up(whole=True)
        elif self._held_since is None:
            self._held_since = around.reactor.seconds()
        if self.wanted:
            self._go_on()

    def _go_on(self) -> None:
        if self._resting is not None or not self.wanted:
            return
        if self._link is None:
            self._dial()
        elif self._link.session.state is State.READY:
            self._speak(self._link)

    def _speak(self, link: Link) -> None:
        self.waiting_since = self._around.reactor.seconds()
        self._serving = self.wanted[0]
        package = self.endpoint.say()
        if link.session.needs_hello(package):
            package = self.endpoint.hello(package)
        link.session.speak_as(self.endpoint.fingerprint, self.endpoint.sign)  # It may have changed its key.
        link.write(link.session.send(package))
        if self._faults.drops():
            # Politely, so that the package itself goes out: only its answer is never read.
            link.close()
            self.lost(f"dropped{ON_PURPOSE}")

    def _dial(self) -> None:
        around, endpoint = self._around, self.endpoint
        self.waiting_since = around.reactor.seconds()
        session = AgentSession(around.codec, around.trust, endpoint.fingerprint, endpoint.sign, around.clock_ms)
        self._link = Link(session, around.tls, self)
        self._counted = Traffic()
        resumed = self._tls_session if around.mode is Mode.RESUMED else None
        around.measures.connections["resuming" if resumed else "new"] += 1
        dial(around.reactor, self._handler, around.tls, resumed, self._link)

    def _rest(self, seconds: float) -> None:
        if self._resting is None:
            self._resting = self._around.reactor.callLater(seconds, self._rested)

    def _rested(self) -> None:
        self._resting = None
        self._go_on()

    def _hang_up(self, *, whole: bool) -> None:
        link, self._link, self.waiting_since = self._link, None, None
        if link is None:
            return
        if self._around.mode is Mode.RESUMED and whole:
            self._tls_session = link.tls_session
        self._around.traffic.add(link.traffic - self._counted, whole=whole)
        link.close()

    def _end_link(self, why: str) -> None:
        if self._link is not None:
            self._link.end(why)
