"""Everything the console may read, in one place; safe to use from several threads."""

from collections.abc import Callable, Sequence
from typing import Any

from domain.registration_policy import Terms
from projections.catalogue import PROJECTIONS
from projections.database import ReadDatabase
from projections.projection import Projection
from projections.reports.agents import Agents
from projections.reports.call_ins import CallIns
from projections.reports.deployment import Deployment, Progress
from projections.reports.desired import DesiredReports
from projections.reports.evidence import EvidenceReport
from projections.reports.install_tickets import InstallTickets
from projections.reports.listing import Wanted
from projections.reports.lists import Lists
from projections.reports.migration_window import migration_window
from projections.reports.page import Page
from projections.reports.policy_dry_run import Part, PolicyDryRun
from projections.reports.registration_filter import BLOCKED_LISTED_DAYS, Where
from projections.reports.registrations import Registrations
from projections.reports.server_keys import ServerKeys
from projections.reports.sought_events import SoughtEvents
from projections.reports.timeline import Timeline
from projections.reports.view import WAIT_S, Views
from store.log import EventLog
from store.mapper import EventMapper

EVERYWHERE = Where()
EVERYTHING = SoughtEvents()
INTERVAL_S = 3600


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
        blocked_listed_days: int = BLOCKED_LISTED_DAYS,
        interval_s: int = INTERVAL_S,
    ) -> None:
        """`clock` tells milliseconds since 1970; `blocked_listed_days` is how long a silent Blocked one is listed;
        `interval_s` is the interval of agents that never said theirs.
        """
        self._views = Views(database, log, projections, wait_s)
        self._registrations = Registrations(self._views, clock, blocked_listed_days)
        self._agents = Agents(self._views, interval_s)
        self._call_ins = CallIns(self._views)
        self._dry_run = PolicyDryRun(self._views, log, mapper)
        self._timeline = Timeline(self._views, log, mapper)
        self._evidence = EvidenceReport(self._views, log, mapper)
        self._server_keys = ServerKeys(self._views)
        self._lists = Lists(self._views)
        self._deployment = Deployment(self._views)
        self._install_tickets = InstallTickets(self._views, clock)
        self.desired = DesiredReports(self._views, log, mapper)
        self._progress = Progress(self._views, log, projections, clock)

    def registrations(
        self,
        *,
        status: str | None = None,
        name: str | None = None,
        query: str | None = None,
        where: Where = EVERYWHERE,
        limit: int = 100,
        cursor: str | None = None,
        duplicate: bool | None = None,
        merged: bool = False,
    ) -> Page:
        """Registrations by name. `name` is the whole name in any case, or a mask; for the others see Wanted."""
        return self._registrations.page(Wanted(status, name, query, limit, cursor, duplicate, merged), where)

    def registration(self, ref: str) -> dict[str, Any]:
        """One registration with the `actions` its status permits."""
        return self._registrations.one(ref)

    def registration_counts(
        self,
        *,
        status: str | None = None,
        name: str | None = None,
        query: str | None = None,
        where: Where = EVERYWHERE,
        duplicate: bool | None = None,
        merged: bool = False,
    ) -> dict[str, int]:
        """How many registrations are in each state, of those that a list with this filter shows."""
        return self._registrations.counts(Wanted(status, name, query, duplicate=duplicate, merged=merged), where)

    def agents(
        self,
        *,
        status: str | None = None,
        name: str | None = None,
        query: str | None = None,
        limit: int = 100,
        cursor: str | None = None,
        overdue: bool = False,
        group: str | None = None,
    ) -> Page:
        """Agents by name, filtered like registrations; `overdue`: only those that should have called in by now.

        `group`: only those in the group of this path, and below it.
        """
        return self._agents.page(Wanted(status, name, query, limit, cursor), overdue=overdue, group=group)

    def liveness(self) -> dict[str, Any]:
        """How many allowed agents keep to their interval: `counts` by state, `as_of`, end of the last outage."""
        return self._agents.liveness()

    def agent(self, ref: str) -> dict[str, Any]:
        """One agent with its `properties`."""
        return self._agents.one(ref)

    def timeline(
        self, ref: str, *, limit: int = 100, cursor: str | None = None, sought: SoughtEvents = EVERYTHING
    ) -> Page:
        """What happened to an agent, from its first request on, newest last; a part of what is sought may be empty."""
        return self._timeline.page(ref, limit, cursor, sought)

    def evidence(self, ref: str, place: str) -> dict[str, Any]:
        """The package behind one event of an agent; `place` is a position, or `n` and a number. Raises NoEvidence."""
        return self._evidence.one(ref, place)

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

    def policy_dry_run(self, terms: Terms, *, since_ms: int = 0, limit: int = 1000, cursor: str | None = None) -> Part:
        """What this policy would have decided about recorded first requests, a part at a time; changes nothing."""
        return self._dry_run.part(terms, since_ms, limit, cursor)

    def install_tickets(self) -> Page:
        """All install tickets, newest first."""
        return self._install_tickets.page()

    def tokens(self) -> Page:
        """All tokens."""
        return self._deployment.tokens()

    def token(self, token_hash: bytes) -> dict[str, Any] | None:
        """The token with this hash, None when there is none; never waits."""
        return self._deployment.token(token_hash)

    def agent_handlers(self) -> Page:
        """All agent handlers."""
        return self._deployment.agent_handlers()

    def server_list(self) -> dict[str, Any]:
        """The server list in force."""
        return self._lists.servers()

    def repository_list(self) -> dict[str, Any]:
        """The repository list in force."""
        return self._lists.repositories()

    def authorities(self) -> dict[str, Any]:
        """The CA set in force, and the one that waits for the root key."""
        return self._lists.authorities()

    def server_keys(self) -> Page:
        """All server keys with the `agents` that rely on each."""
        return self._server_keys.all()

    def server_key(self, version: int) -> dict[str, Any]:
        """One server key."""
        return self._server_keys.one(version)

    def key_policy(self) -> dict[str, Any]:
        """The `minimum` of agents' keys, and how many are `below` it."""
        return self._server_keys.policy()

    def projections(self) -> list[dict[str, Any]]:
        """Name, version, position, head, lag_events, lag_s, parked, rebuilding (None or its progress)."""
        return self._progress.all()

    def wait_for(self, position: int, timeout_s: float = 2.0) -> bool:
        """True as soon as all projections show the event at this position, False when they did not in time."""
        return self._views.wait_for(position, timeout_s)
