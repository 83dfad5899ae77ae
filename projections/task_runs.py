"""When did which agent run which task, and what came of it? Everything in it is the agent's own word."""

from typing import Any

from domain import diary
from projections.claims import some_bytes, text, whole
from projections.diary_content import content
from projections.projection import Projection
from projections.rows import Rows
from store.mapper import Recorded

TASK_RUNS = Projection("task_runs", version=1, needs_personal=True)
OUTCOMES = frozenset({"done", "failed", "timed_out", "missed", "interrupted"})
MAX_RUN = 64
MAX_OUTPUT = 4_096
_ID_SIZE = 16


@TASK_RUNS.when(diary.EVENTS_DELIVERED)
def events_delivered(event: Recorded, rows: Rows) -> None:
    """Among an agent's events are the beginnings and ends of runs; either may come first, or alone."""
    events = content(event).get("events")
    for each in events if isinstance(events, list) else ():
        if isinstance(each, dict) and isinstance(each.get("data"), dict):
            if each.get("type") == "TaskStarted":
                _started(each["data"], whole(each.get("time")), event, rows)
            elif each.get("type") == "TaskEnded":
                _ended(each["data"], event, rows)


def _started(data: dict[str, Any], time_ms: int | None, event: Recorded, rows: Rows) -> None:
    row = _run(data, event, rows)
    if row is not None:
        row["due_ms"], row["started_ms"] = whole(data.get("due")), row["started_ms"] or time_ms


def _ended(data: dict[str, Any], event: Recorded, rows: Rows) -> None:
    row = _run(data, event, rows)
    if row is None:
        return
    outcome = text(data.get("outcome"))
    row["outcome"] = outcome if outcome in OUTCOMES else "failed"
    row["exit_status"], row["output"] = whole(data.get("exit")), text(data.get("output"), MAX_OUTPUT)
    row["started_ms"] = whole(data.get("started")) or row["started_ms"]
    row["ended_ms"] = whole(data.get("ended"))


def _run(data: dict[str, Any], event: Recorded, rows: Rows) -> dict[str, Any] | None:
    run, task = text(data.get("run"), MAX_RUN), text(data.get("name"))
    if not run or not task:
        return None
    row = rows.change("task_runs", f"{event.meta.subject_id}/{run}")
    if not row["position"]:
        row.update(subject_id=event.meta.subject_id, run=run, task=task, position=event.position)
        row["policy_id"] = some_bytes(data.get("id"), _ID_SIZE)
    return row
