"""One session on one connection: packages out, what is heard back; between call-ins it only listens."""

from collections import deque

from agents.bootstrap import Handler
from agents.call_in import CallIn, Step
from agents.connection import Connection, Unreachable
from agents.deadline import Deadline
from agents.member import Member
from wire.agent_session import AgentSession, Answered, Event, Outgoing, State, Told, Violated, Welcomed
from wire.types import ServerType

MOST_UNASKED = 1_000
"""Unsigned packages that nobody asked for, from one answer to the next: more is a flood, and the agent leaves."""


class Talk:
    """A session with ``handler``; ``hinted`` says that a hint came and no call-in has begun since."""

    def __init__(self, member: Member, session: AgentSession, connection: Connection, handler: Handler) -> None:
        self.handler = handler
        self.connection = connection
        self.hinted = False
        self._member = member
        self._session = session
        self._heard: deque[Event] = deque()
        self._unasked = 0

    @property
    def ready(self) -> bool:
        """True when a call-in may begin here without a new Welcome."""
        return self._session.state is State.READY

    def begin(self, call_in: CallIn) -> Step:
        """Begin a call-in in a session that was welcomed earlier; a hint until now is what it answers."""
        self.hinted = False
        return call_in.start(self._session.needs_hello)

    def welcome(self, call_in: CallIn, deadline: Deadline) -> Step:
        """Wait for the Welcome and begin; a Busy may stand in its place."""
        while True:
            event = self._next_event(deadline)
            if isinstance(event, Welcomed):
                return self.begin(call_in)
            if isinstance(event, Told) and (step := call_in.answered(event)) is not None:
                return step

    def ask(self, package: Outgoing, call_in: CallIn, deadline: Deadline) -> Step:
        """Send ``package``, wait for what the flow makes of the answer."""
        identity = self._member.identity
        self._session.speak_as(identity.fingerprint, identity.sign)  # a call-in may go over to another key
        self.connection.send(self._session.send(package), deadline)
        while True:
            event = self._next_event(deadline)
            if isinstance(event, Answered | Told) and (step := call_in.answered(event)) is not None:
                self._unasked = 0
                return step

    def overhear(self) -> None:
        """One look, without waiting, at most one read; raise Unreachable when the connection is of no use any more."""
        self._heard.extend(self._session.receive(self.connection.at_hand()))
        while self._heard:
            self._note(self._heard.popleft())

    def hang_up(self) -> None:
        """Leave."""
        self._session.close()
        self.connection.close()

    def _next_event(self, deadline: Deadline) -> Event:
        while not self._heard:
            self._heard.extend(self._session.receive(self.connection.receive(deadline)))
        event = self._heard.popleft()
        self._note(event)
        return event

    def _note(self, event: Event) -> None:
        if isinstance(event, Violated):
            raise Unreachable(f"not a server of this deployment: {event.detail}")
        if isinstance(event, Told):
            self.hinted |= event.type is ServerType.MSG_AVAILABLE
            self._unasked += 1
            if self._unasked > MOST_UNASKED:
                raise Unreachable("the handler floods us with packages that nobody asked for")
