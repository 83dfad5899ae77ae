"""The read side of the twin, with the shapes of projections.reports."""

from collections.abc import Callable, Iterable
from typing import Any

from console_twin import rows
from console_twin.deployment import Deployment
from domain.agent import Agent, Status
from projections.reports import Ambiguous, BadCursor, NotFound, Page


class TwinReports:
    """Answers from the state of the deployment; cursors are offsets."""

    def __init__(self, deployment: Deployment) -> None:
        self._twin = deployment

    def registrations(
        self,
        *,
        status: str | None = None,
        name: str | None = None,
        query: str | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page:
        """Sorted by name."""
        found = (self._registration(each) for each in self._twin.agents.values())
        return self._page(filter(_matching(status, name, query), found), limit, cursor)

    def registration(self, ref: str) -> dict[str, Any]:
        """By registration_id, agent_id or name."""
        return self._registration(self._find(ref))

    def registration_counts(self) -> dict[str, int]:
        """By status."""
        return {word.value: sum(each.status is word for each in self._twin.agents.values()) for word in Status}

    def agents(
        self,
        *,
        status: str | None = None,
        name: str | None = None,
        query: str | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page:
        """Sorted by name."""
        found = (self._agent(each) for each in self._twin.agents.values())
        return self._page(filter(_matching(status, name, query), found), limit, cursor)

    def agent(self, ref: str) -> dict[str, Any]:
        """With properties."""
        found = self._find(ref)
        (fingerprint,) = found.fingerprints
        return self._agent(found) | rows.properties(self._twin.properties[fingerprint])

    def timeline(self, ref: str, *, limit: int = 100, cursor: str | None = None) -> Page:
        """One event."""
        return self._page([rows.timeline_entry(self._find(ref))], limit, cursor)

    def call_ins(self, *, agent: str | None = None, limit: int = 100, cursor: str | None = None) -> Page:
        """One per agent."""
        found = list(self._twin.agents.values()) if agent is None else [self._find(agent)]
        return self._page([rows.call_in(each, self._name(each)) for each in found], limit, cursor)

    def agent_events(self, *, agent: str | None = None, limit: int = 100, cursor: str | None = None) -> Page:
        """None."""
        if agent is not None:
            self._find(agent)
        return self._page([], limit, cursor)

    def registration_policy(self) -> dict[str, Any]:
        """The policy and its version."""
        policy = self._twin.policy
        return rows.policy(policy)

    def tokens(self) -> Page:
        """All."""
        return self._page([rows.token(each) for each in self._twin.tokens.values()], 1000, None)

    def token(self, token_hash: bytes) -> dict[str, Any] | None:
        """By hash."""
        found = (each for each in self._twin.tokens.values() if each.token_hash == token_hash)
        return next(map(rows.token, found), None)

    def agent_handlers(self) -> Page:
        """One."""
        return self._page([rows.HANDLER], 100, None)

    def projections(self) -> list[dict[str, Any]]:
        """One, at the head."""
        return [rows.projection("registration_status", self._twin.position)]

    def wait_for(self, position: int, timeout_s: float = 2.0) -> bool:
        """Unless told to be behind, always there."""
        return not self._twin.is_behind

    def _page(self, items: Iterable[dict[str, Any]], limit: int, cursor: str | None) -> Page:
        if cursor is not None and not cursor.isdecimal():
            raise BadCursor
        start = int(cursor or 0)
        ordered = sorted(items, key=lambda row: str(row.get("name", "")))
        more = str(start + limit) if start + limit < len(ordered) else None
        return Page(ordered[start : start + limit], more, self._twin.position, self._twin.is_behind)

    def _find(self, ref: str) -> Agent:
        by_id = [each for f, each in self._twin.agents.items() if ref in (f.hex(), str(each.id))]
        found = by_id or [each for f, each in self._twin.agents.items() if self._twin.names[f] == ref]
        if not found:
            raise NotFound(ref)
        if len(found) > 1:
            raise Ambiguous([str(each.id) for each in found])
        return found[0]

    def _name(self, agent: Agent) -> str:
        (fingerprint,) = agent.fingerprints
        return self._twin.names[fingerprint]

    def _registration(self, agent: Agent) -> dict[str, Any]:
        return rows.registration(agent, self._name(agent))

    def _agent(self, agent: Agent) -> dict[str, Any]:
        return rows.agent(agent, self._name(agent))


def _matching(status: str | None, name: str | None, query: str | None) -> Callable[[dict[str, Any]], bool]:
    return lambda row: (
        status in (None, row["status"]) and name in (None, row["name"]) and (query or "") in str(row["name"])
    )
