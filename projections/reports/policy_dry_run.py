"""What another registration policy would have decided about the recorded first requests; nothing is changed."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.persistence import Notification, StoredEvent

from domain.agent import Agent
from domain.ids import registration_stream
from domain.key_policy import FIRST_MINIMUM, below
from domain.registration_policy import Decided, Terms
from domain.registration_rules import Applicant
from projections.database import Row
from projections.registration_status import REGISTRATION_STATUS
from projections.reports.page import decode_cursor, encode_cursor, within
from projections.reports.shown import hex_text, time_text
from projections.reports.view import View, Views
from store.log import EventLog
from store.mapper import EventMapper, Recorded

_REQUESTS = (
    "SELECT subject_id, registration_id, first_request_ms FROM {registrations}"
    " WHERE subject_id > ? AND first_request_ms >= ? ORDER BY subject_id LIMIT ?"
)
_TOTAL = "SELECT count(*) AS many FROM {registrations} WHERE first_request_ms >= ?"
_ACTIONS = {Agent.Allowed.TOPIC: "allow", Agent.Blocked.TOPIC: "block"}


class Part(NamedTuple):
    """A part of the history: how many requests it has and what would have become of them."""

    different: list[dict[str, Any]]
    requests: int
    same: int
    unknown: int
    bypassed: int
    total: int
    next: str | None
    position: int


class PolicyDryRun:
    """Finds first requests in `registration_status`, reads them and what the policy said then in the log."""

    def __init__(self, views: Views, log: EventLog, mapper: EventMapper) -> None:
        self._views = views
        self._log = log
        self._mapper = mapper

    def part(self, terms: Terms, since_ms: int, limit: int, cursor: str | None) -> Part:
        """The next `limit` first requests, oldest first. Raises BadCursor."""
        after = decode_cursor("dry-run", cursor, int)

        def read(view: View) -> tuple[list[Row], int, int]:
            values = (after[0] if after else 0, since_ms, within(limit) + 1)
            return view.query(_REQUESTS, values), view.query(_TOTAL, (since_ms,))[0]["many"], view.position

        rows, total, position = self._views.look([REGISTRATION_STATUS.name], read)
        chosen = rows[: within(limit)]
        verdicts = [self._compared(terms, *each) for each in self._recorded(chosen)]
        words = [each for each in verdicts if isinstance(each, str)]
        more = encode_cursor("dry-run", chosen[-1]["subject_id"]) if len(rows) > len(chosen) else None
        different = [each for each in verdicts if not isinstance(each, str)]
        same, unknown, bypassed = (words.count(word) for word in ("same", "unknown", "bypassed"))
        return Part(different, len(verdicts), same, unknown, bypassed, total, more, position)

    def _recorded(self, rows: Sequence[Row]) -> list[tuple[Recorded, Recorded | None]]:
        """Each first request with the decision that followed it at once, if any."""
        requests = self._events([(registration_stream(bytes(row["registration_id"])), 1) for row in rows])
        firsts = self._events([(UUID(bytes=each.facts["agent_id"]), 2) for each in requests])
        decided = {event.stream: event for event in firsts}
        found = []
        for request in requests:
            decision = decided.get(UUID(bytes=request.facts["agent_id"]))
            at_once = decision is not None and decision.meta.cause == request.stream.bytes
            found.append((request, decision if at_once else None))
        return found

    def _events(self, places: Sequence[tuple[UUID, int]]) -> list[Recorded]:
        if not places:
            return []
        stored = self._log.rows(places)
        return [self._mapper.decode(_notification(stored[place])) for place in places if place in stored]

    def _compared(self, terms: Terms, request: Recorded, decision: Recorded | None) -> dict[str, Any] | str:
        """The difference, or in one word why there is none."""
        who = decision.meta.who or "" if decision else ""
        if request.facts.get("replaces") or request.facts.get("fork_of"):
            return "bypassed"  # Named by another key of its agent, or come out of a fork: no policy was asked.
        if decision is not None and not who.startswith("rule:"):
            return "bypassed"
        if request.personal is None:
            return "unknown"
        then = _ACTIONS.get(decision.topic, "pending") if decision else "pending"
        applicant = Applicant.of(request.personal["claims"], request.personal["address"])
        now, duplicate = self._judged(terms, applicant, request)
        weak = below(request.facts["algorithm"], FIRST_MINIMUM)  # Whatever a rule says, it lets no such key in.
        action = "pending" if weak and now.action == "allow" else now.action
        if action == then:
            return "same"
        return {
            "registration_id": hex_text(request.facts["fingerprint"]),
            "name": applicant.host_name,
            "first_request": time_text(request.meta.recorded_at_ms),
            "then": then,
            "then_by": who or None,
            "now": action,
            "now_by": f"rule:{now.rule}" if now.rule else None,
            "rested_on": list(now.rested_on),
            "duplicate": duplicate,
        }

    def _judged(self, terms: Terms, applicant: Applicant, request: Recorded) -> tuple[Decided, bool]:
        """Also whether it was kept back as a duplicate: which it was is recorded with the request."""
        duplicate = bool(request.facts.get("duplicate_of"))
        decided = terms.judge(applicant, duplicate=duplicate)
        return decided, duplicate and decided != terms.judge(applicant, duplicate=False)


def _notification(row: StoredEvent) -> Notification:
    # Where it stands in the log is of no interest here.
    return Notification(row.originator_id, row.originator_version, row.topic, row.state, 0)
