"""Everything the console may read, in one place; safe to use from several threads."""

from collections.abc import Callable, Sequence
from typing import Any

from projections.catalogue import PROJECTIONS
from projections.database import ReadDatabase
from projections.projection import Projection
from projections.reports.agents import Agents
from projections.reports.call_ins import CallIns
from projections.reports.deployment import Deployment, Progress
from projections.reports.listing import Wanted
from projections.reports.migration_window import migration_window
from projections.reports.page import Page
from projections.reports.registrations import Registrations
from projections.reports.timeline import Timeline
from projections.reports.view import WAIT_S, Views
from store.log import EventLog
from store.mapper import EventMapper


class Reports:
    """The read side. Every read waits until what was in the log when it came is shown, at most `wait_s`.

    `ref` is a registration id (hexadecimal), an agent id (UUID) or an unambiguous name. Times are ISO 8601 in UTC.
    Raises NotFound, Ambiguous, BadCursor, StoreUnavailable; TableGone as long as no projector ever ran.
    """

    def __init__(
        self,
        database: ReadDatabase,
        log: EventLog,
        mapper: EventMapper,
        clock: Callable[[], int],
        *,
        wait_s: float = WAIT_S,
        projections: Sequence[Projection] = PROJECTIONS,
    ) -> None:
        """`clock` tells milliseconds since 1970."""
        self._views = Views(database, log, projections, wait_s)
        self._registrations = Registrations(self._views)
        self._agents = Agents(self._views)
        self._call_ins = CallIns(self._views)
        self._timeline = Timeline(self._views, log, mapper)
        self._deployment = Deployment(self._views)
        self._progress = Progress(self._views, log, projections, clock)

    def registrations(
        self,
        *,
        status: str | None = None,
        name: str | None = None,
        query: str | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page:
        """Registrations by name. `name` is the whole name in any case; for `query` see Wanted."""
        return self._registrations.page(Wanted(status, name, query, limit, cursor))

    def registration(self, ref: str) -> dict[str, Any]:
        """One registration with the `actions` its status permits."""
        return self._registrations.one(ref)

    def registration_counts(self) -> dict[str, int]:
        """How many registrations are in each state."""
        return self._registrations.counts()

    def agents(
        self,
        *,
        status: str | None = None,
        name: str | None = None,
        query: str | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page:
        """Agents by name, filtered like registrations."""
        return self._agents.page(Wanted(status, name, query, limit, cursor))

    def agent(self, ref: str) -> dict[str, Any]:
        """One agent with its `properties`."""
        return self._agents.one(ref)

    def timeline(self, ref: str, *, limit: int = 100, cursor: str | None = None) -> Page:
        """What happened to an agent, from its first request on, newest last."""
        return self._timeline.page(ref, limit, cursor)

    def call_ins(self, *, agent: str | None = None, limit: int = 100, cursor: str | None = None) -> Page:
        """Numbered packages, newest first."""
        return self._call_ins.page(agent, limit, cursor)

    def agent_events(self, *, agent: str | None = None, limit: int = 100, cursor: str | None = None) -> Page:
        """Events that agents delivered, newest first."""
        return self._call_ins.events(agent, limit, cursor)

    def migration_window(self) -> dict[str, Any]:
        """Until when keys that authorise nothing may hand over; version 0 before the first window."""
        return migration_window(self._views)

    def registration_policy(self) -> dict[str, Any]:
        """What happens to first requests: otherwise, rules, version, position."""
        return self._deployment.registration_policy()

    def tokens(self) -> Page:
        """All tokens."""
        return self._deployment.tokens()

    def token(self, token_hash: bytes) -> dict[str, Any] | None:
        """The token with this hash, None when there is none; never waits."""
        return self._deployment.token(token_hash)

    def agent_handlers(self) -> Page:
        """All agent handlers."""
        return self._deployment.agent_handlers()

    def projections(self) -> list[dict[str, Any]]:
        """Name, version, position, head, lag_events, lag_s, parked, rebuilding (None or its progress)."""
        return self._progress.all()

    def wait_for(self, position: int, timeout_s: float = 2.0) -> bool:
        """True as soon as all projections show the event at this position, False when they did not in time."""
        return self._views.wait_for(position, timeout_s)
