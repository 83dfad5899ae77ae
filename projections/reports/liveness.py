"""Does an agent call in as often as it says? Judged by its own interval, and only while it could be served.

The clock here is the log's own: the newest moment at which agents could be served. While they could not, it stands
still, and when they can again everybody has the whole allowance anew. The wall clock plays no part, so that the answer
is the same for everybody who reads the same log.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from projections.reports.listing import Conditions
from projections.reports.view import View

LATE_HALVES = 3
"""Half intervals until an agent is overdue: the next call-in, and the widest jitter there is."""
SILENT_HALVES = 6
"""Half intervals until it is silent: three call-ins were missed."""
SLACK_MS = 60_000
"""For trying one handler after the other."""


class State(StrEnum):
    """How an allowed agent keeps to its interval."""

    ON_TIME = "on time"
    OVERDUE = "overdue"
    SILENT = "silent"


class ServedUntil(NamedTuple):
    """The log's clock: agents could be served until ``now_ms``, the last outage ended at ``resumed_ms``."""

    now_ms: int
    resumed_ms: int
    interval_s: int
    """Of agents that never said theirs."""

    def judge(self, last_ms: int | None, allowed_ms: int | None, interval_s: int | None) -> tuple[State, int | None]:
        """The state and since when it is this one; ``last_ms`` is the last call-in, the rest as known."""
        begin = max(last_ms or allowed_ms or 0, self.resumed_ms)
        late, silent = (_end(begin, interval_s or self.interval_s, halves) for halves in (LATE_HALVES, SILENT_HALVES))
        if self.now_ms > silent:
            return State.SILENT, silent
        return (State.OVERDUE, late) if self.now_ms > late else (State.ON_TIME, None)

    def over(self, halves: int) -> tuple[str, list[Any]]:
        """The same rule in SQL, about a row of ``_KNOWN``: its allowance of so many half intervals is over."""
        return _OVER, [self.resumed_ms, self.resumed_ms, self.interval_s, 500 * halves, SLACK_MS, self.now_ms]


_OVER = "CASE WHEN begin_ms > ? THEN begin_ms ELSE ? END + COALESCE(interval_s, ?) * ? + ? < ?"
_KNOWN = """(
    SELECT a.agent_id, COALESCE(c.last_call_in_ms, a.allowed_at_ms, 0) AS begin_ms, c.interval_s
    FROM {agents} a LEFT JOIN {contacts} c ON c.subject_id = CASE
        WHEN a.subject_ids LIKE '%%,%%' THEN (
            SELECT k.subject_id FROM {agent_keys} k JOIN {contacts} own ON own.subject_id = k.subject_id
            WHERE k.agent_id = a.agent_id ORDER BY own.last_call_in_ms DESC LIMIT 1)
        ELSE a.subject_id END
    WHERE NOT a.merged AND a.status = 'Allowed'
) known"""
"""Allowed agents and their last call-ins: of the contacts of an agent's keys the newest; few agents have several."""


def served_until(view: View, interval_s: int) -> ServedUntil:
    """Read the log's clock. The view is one of `service` and `call_ins`."""
    found = view.query("SELECT proved_ms, resumed_ms FROM {service}")
    service: Mapping[str, int] = found[0] if found else {"proved_ms": 0, "resumed_ms": 0}
    last = view.query("SELECT recorded_at_ms FROM {call_ins} ORDER BY position DESC LIMIT 1")
    newest = last[0]["recorded_at_ms"] if last else 0
    return ServedUntil(max(service["proved_ms"], newest), service["resumed_ms"], interval_s)


def only_overdue(clock: ServedUntil) -> Conditions:
    """What to add to a list of agents for those that are overdue or silent."""
    over, values = clock.over(LATE_HALVES)
    where = Conditions()
    where.add(f"agent_id IN (SELECT agent_id FROM {_KNOWN} WHERE {over})", *values)  # noqa: S608 - our own text
    return where


def counted(view: View, clock: ServedUntil) -> dict[str, int]:
    """How many allowed agents are in each state."""
    late, values = clock.over(LATE_HALVES)
    silent, more = clock.over(SILENT_HALVES)
    sums = f"{_sum(late)} AS late, {_sum(silent)} AS silent"
    [row] = view.query(f"SELECT count(*) AS allowed, {sums} FROM {_KNOWN}", (*values, *more))  # noqa: S608 - our own text
    counts = {State.ON_TIME: row["allowed"] - row["late"], State.OVERDUE: row["late"] - row["silent"]}
    return {state.value: int(count) for state, count in (counts | {State.SILENT: row["silent"]}).items()}


def _sum(condition: str) -> str:
    return f"COALESCE(sum(CASE WHEN {condition} THEN 1 ELSE 0 END), 0)"


def _end(begin_ms: int, interval_s: int, halves: int) -> int:
    return begin_ms + interval_s * 500 * halves + SLACK_MS
