"""A call-in over the network: the server list by priority, one session per handler, until somebody took everything."""

import random
from collections.abc import Callable
from typing import NamedTuple

from agents.bootstrap import Handler
from agents.call_in import CallIn, Step
from agents.connection import Dialer, Unreachable
from agents.deadline import Deadline, Monotonic, Patience, TooSlow
from agents.held_connection import HeldConnection
from agents.member import Member
from agents.mode import Mode
from agents.outcome import Again, Done, Outcome, Why
from agents.talk import Talk
from wire.agent_session import AgentSession, Outgoing

CONVERSATIONS = 3
"""With one handler in one call-in: it may deny to know one key, then the one before it."""
_SOMEBODY_WAITS = frozenset({Why.MANUAL, Why.START})
"""Then another handler is tried at once when the held connection breaks in the middle."""


class Failure(NamedTuple):
    """Why a handler was left without a result."""

    handler: str
    error: str


class Visited(NamedTuple):
    """What came of the whole list."""

    done: Done
    handler: str
    failures: list[Failure]


class Visitor:
    """Drives a CallIn through sockets."""

    def __init__(
        self,
        member: Member,
        handlers: Callable[[], list[Handler]],
        dialer: Dialer,
        now_ms: Callable[[], int],
        monotonic: Monotonic,
        chance: random.Random,
        patience: Patience | None = None,
        held: HeldConnection | None = None,
    ) -> None:
        """Without ``held`` every call-in hangs up."""
        self._member = member
        self._handlers = handlers
        self._dialer = dialer
        self._now_ms = now_ms
        self._monotonic = monotonic
        self._chance = chance
        self._held = held or HeldConnection(lambda: Mode.PULL, monotonic)
        self._patience = patience or Patience()

    def visit(self, call_in: CallIn) -> Visited:
        """Use the held connection; else try the handlers in order of priority, random among equals, until one brings
        ``call_in`` to its end."""
        failures: list[Failure] = []
        if (talk := self._standing_talk(call_in.why)) is not None:
            try:
                if isinstance(end := self._over_held(talk, call_in), Done):
                    return Visited(end, talk.handler.name, failures)
            except (Unreachable, TooSlow) as error:
                failures.append(Failure(talk.handler.name, str(error)))
                if call_in.why not in _SOMEBODY_WAITS:
                    # It broke for every agent that it held: all at once at the next handler would be a herd.
                    return Visited(Done(Outcome.UNREACHABLE, f"{talk.handler.name}: {error}"), "", failures)
        return self._visit_anew(call_in, failures)

    def _visit_anew(self, call_in: CallIn, failures: list[Failure]) -> Visited:
        whole = Deadline(self._monotonic, self._patience.list_s)
        for handler in self._in_order():
            if whole.over:
                break
            try:
                return Visited(self._settle(handler, call_in, whole), handler.name, failures)
            except (Unreachable, TooSlow) as error:
                failures.append(Failure(handler.name, str(error)))
        reason = "; ".join(f"{handler}: {error}" for handler, error in failures)
        return Visited(Done(Outcome.UNREACHABLE, reason), "", failures)

    def _standing_talk(self, why: Why) -> Talk | None:
        """The held session, unless it is with a second choice: then each interval tries the first choice again."""
        talk = self._held.talk
        if talk is not None and why is Why.INTERVAL:
            known = self._handlers()
            best = min(handler.priority for handler in known)
            if talk.handler not in known or talk.handler.priority > best:
                self._held.drop()
        return self._held.talk

    def _over_held(self, talk: Talk, call_in: CallIn) -> Done | Again:
        end: Done | Again = Again()
        try:
            end = self._to_the_end(talk, talk.begin(call_in), call_in, self._patience.answer_s)
        finally:
            self._held.leave(talk, end)
        return end

    def _in_order(self) -> list[Handler]:
        return sorted(self._handlers(), key=lambda handler: (handler.priority, self._chance.random()))

    def _settle(self, handler: Handler, call_in: CallIn, whole: Deadline) -> Done:
        for _ in range(CONVERSATIONS):
            end = self._converse(handler, call_in, whole)
            if isinstance(end, Done):
                return end
        raise Unreachable("the handler hangs up again and again")

    def _converse(self, handler: Handler, call_in: CallIn, whole: Deadline) -> Done | Again:
        welcome = Deadline(self._monotonic, min(self._patience.connect_s, whole.remaining()))
        connection = self._dialer.dial(handler, self._member.keep.state.server_time_ms, welcome)
        talk = Talk(self._member, self._session(), connection, handler)
        end: Done | Again = Again()
        try:
            step = talk.welcome(call_in, welcome)
            end = self._to_the_end(talk, step, call_in, min(self._patience.answer_s, whole.remaining()))
            self._dialer.remember(handler, connection)
        finally:
            self._held.leave(talk, end)
        return end

    def _to_the_end(self, talk: Talk, step: Step, call_in: CallIn, waits_s: float) -> Done | Again:
        while isinstance(step, Outgoing):
            step = talk.ask(step, call_in, Deadline(self._monotonic, waits_s))
            waits_s = self._patience.answer_s  # somebody answers: the list's time no longer counts
        assert step is not None
        return step

    def _session(self) -> AgentSession:
        member = self._member
        session = AgentSession(
            member.codec, member.trust, member.identity.fingerprint, member.identity.sign, self._now_ms
        )
        session.newest_server_time_ms = member.keep.state.server_time_ms
        return session
