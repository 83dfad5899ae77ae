"""An agent handler: the process agents talk to, known by its broker user."""

from eventsourcing.domain import Aggregate, event

from domain.ids import agent_handler_stream

MINUTE_MS = 60_000


class AgentHandler(Aggregate):
    """Starts of one agent handler."""

    class Announced(Aggregate.Created):
        """The handler was heard of for the first time."""

        TOPIC = "AgentHandler.Announced"
        handler: str
        started_at_ms: int

    class Restarted(Aggregate.Event):
        """The handler announced another start."""

        TOPIC = "AgentHandler.Restarted"
        started_at_ms: int

    @event(Announced)
    def __init__(self, handler: str, started_at_ms: int) -> None:
        self.handler = handler
        self.started_at_ms = started_at_ms

    @classmethod
    def announce(cls, handler: str, started_at_ms: int) -> "AgentHandler":
        """A handler nobody had heard of."""
        return cls._create(
            cls.Announced, id=agent_handler_stream(handler), handler=handler, started_at_ms=started_at_ms
        )

    def announced(self, started_at_ms: int, now_ms: int) -> bool:
        """Record another start, at most one a minute; False when this start is known or the last one is too near."""
        since_ms = now_ms - self.modified_on.timestamp() * 1000
        if started_at_ms == self.started_at_ms or since_ms < MINUTE_MS:
            return False
        self._restarted(started_at_ms=started_at_ms)
        return True

    @event(Restarted)
    def _restarted(self, started_at_ms: int) -> None:
        self.started_at_ms = started_at_ms
