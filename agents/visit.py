"""A call-in over the network: the server list by priority, one session per handler, until somebody took everything."""

import random
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from agents.bootstrap import Handler
from agents.call_in import CallIn, Step
from agents.connection import Connection, Dialer, Unreachable
from agents.deadline import Deadline, Monotonic, Patience, TooSlow
from agents.member import Member
from agents.outcome import Again, Done, Outcome
from wire.agent_session import AgentSession, Answered, Event, Outgoing, Told, Violated, Welcomed

CONVERSATIONS = 3
"""With one handler in one call-in: it may deny to know one key, then the one before it."""


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
    ) -> None:
        self._member = member
        self._handlers = handlers
        self._dialer = dialer
        self._now_ms = now_ms
        self._monotonic = monotonic
        self._chance = chance
        self._patience = patience or Patience()

    def visit(self, call_in: CallIn) -> Visited:
        """Try the handlers in order of priority, random among equals, until one brings ``call_in`` to its end."""
        whole = Deadline(self._monotonic, self._patience.list_s)
        failures: list[Failure] = []
        for handler in self._in_order():
            if whole.over:
                break
            try:
                return Visited(self._settle(handler, call_in, whole), handler.name, failures)
            except (Unreachable, TooSlow) as error:
                failures.append(Failure(handler.name, str(error)))
        reason = "; ".join(f"{handler}: {error}" for handler, error in failures)
        return Visited(Done(Outcome.UNREACHABLE, reason), "", failures)

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
        with self._dialer.dial(handler, self._member.keep.state.server_time_ms, welcome) as connection:
            talk = _Talk(self._member, self._session(), connection)
            step = talk.welcome(call_in, welcome)
            waits = min(self._patience.answer_s, whole.remaining())
            while isinstance(step, Outgoing):
                step = talk.ask(step, call_in, Deadline(self._monotonic, waits))
                waits = self._patience.answer_s  # somebody answers: the list's time no longer counts
            self._dialer.remember(handler, connection)
        assert step is not None
        return step

    def _session(self) -> AgentSession:
        member = self._member
        session = AgentSession(
            member.codec, member.trust, member.identity.fingerprint, member.identity.sign, self._now_ms
        )
        session.newest_server_time_ms = member.keep.state.server_time_ms
        return session


class _Talk:
    """One session on one connection."""

    def __init__(self, member: Member, session: AgentSession, connection: Connection) -> None:
        self._member = member
        self._session = session
        self._connection = connection
        self._heard: deque[Event] = deque()

    def welcome(self, call_in: CallIn, deadline: Deadline) -> Step:
        """Wait for the Welcome and begin; a Busy may stand in its place."""
        while True:
            event = self._next_event(deadline)
            if isinstance(event, Welcomed):
                return call_in.start(self._session.needs_hello)
            if isinstance(event, Told) and (step := call_in.answered(event)) is not None:
                return step

    def ask(self, package: Outgoing, call_in: CallIn, deadline: Deadline) -> Step:
        """Send ``package``, wait for what the flow makes of the answer."""
        identity = self._member.identity
        self._session.speak_as(identity.fingerprint, identity.sign)  # a call-in may go over to another key
        self._connection.send(self._session.send(package), deadline)
        while True:
            event = self._next_event(deadline)
            if isinstance(event, Answered | Told) and (step := call_in.answered(event)) is not None:
                return step

    def _next_event(self, deadline: Deadline) -> Event:
        while not self._heard:
            self._heard.extend(self._session.receive(self._connection.receive(deadline)))
        event = self._heard.popleft()
        if isinstance(event, Violated):
            raise Unreachable(f"not a server of this deployment: {event.detail}")
        return event
