"""Runs of tasks as agents told of them: which came of a task, newest first."""

from typing import Any

from domain.policy import TASKS
from projections.agents import AGENTS
from projections.database import Row
from projections.reports.page import Page, decode_cursor, encode_cursor, within
from projections.reports.policies import Policies
from projections.reports.shown import id_text, time_text
from projections.reports.subject import find
from projections.reports.view import View, Views
from projections.task_runs import TASK_RUNS

_RUNS = (
    "SELECT r.*, k.agent_id, a.name FROM {{task_runs}} r JOIN {{agent_keys}} k ON k.subject_id = r.subject_id"
    " LEFT JOIN {{agents}} a ON a.agent_id = k.agent_id WHERE {conditions}"
    " ORDER BY r.position DESC, r.task_run DESC LIMIT ?"
)
_OUTCOMES = "SELECT outcome, count(*) AS runs FROM {task_runs} WHERE task = ? GROUP BY outcome ORDER BY outcome"


class Tasks:
    """Reads `task_runs` and, through Policies, `system_tree`."""

    def __init__(self, views: Views, policies: Policies) -> None:
        self._views = views
        self._policies = policies

    def page(self) -> Page:
        """Tasks that are there, by name."""
        page = self._policies.page("task")
        return page._replace(items=[_task(each) for each in page.items])

    def one(self, name: str, version: int | None = None) -> dict[str, Any]:
        """One task with its content, of a version or the newest, and how its runs ended. Raises NotFound."""

        def read(view: View) -> dict[str, int]:
            return {row["outcome"]: row["runs"] for row in view.query(_OUTCOMES, (name,))}

        found = self._policies.one(TASKS + name, name, version)
        return _task(found) | {"runs": self._views.look([TASK_RUNS.name], read)}

    def runs(self, name: str | None, agent: str | None, limit: int, cursor: str | None) -> Page:
        """Runs of one task, or of all; on one agent, or on all. Raises NotFound, Ambiguous."""

        def read(view: View) -> Page:
            conditions, values = ["1 = 1"], []
            if name is not None:
                conditions.append("r.task = ?")
                values.append(name)
            if agent is not None:
                conditions.append("k.agent_id = ?")
                values.append(find(view, "agents", agent)["agent_id"])
            if (after := decode_cursor("task_runs", cursor, int, str)) is not None:
                conditions.append("(r.position, r.task_run) < (?, ?)")
                values += after
            sql = _RUNS.format(conditions=" AND ".join(conditions))
            rows = view.query(sql, (*values, within(limit) + 1))
            shown, more = rows[: within(limit)], None
            if len(rows) > len(shown):
                more = encode_cursor("task_runs", shown[-1]["position"], shown[-1]["task_run"])
            return Page([_run(row) for row in shown], more, view.position, view.stale)

        if name is not None:
            self._policies.one(TASKS + name, name)
        return self._views.look([TASK_RUNS.name, AGENTS.name], read)


def _task(found: dict[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in found.items() if name not in ("category", "name", "policy_id")}
    return {"name": found["name"], **rest}


def _run(row: Row) -> dict[str, Any]:
    return {
        "task": row["task"],
        "agent_id": id_text(row["agent_id"]),
        "agent": row["name"],
        "run": row["run"],
        "due": time_text(row["due_ms"]),
        "started": time_text(row["started_ms"]),
        "ended": time_text(row["ended_ms"]),
        "outcome": row["outcome"],
        "exit": row["exit_status"],
        "output": row["output"],
        "position": row["position"],
    }
