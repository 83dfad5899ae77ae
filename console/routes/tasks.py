"""Client tasks: what agents run, when, and what came of it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from console.access import Reader, StateKeeper, TaskRunner
from console.desired_desk import revise
from console.listing import AsciiJson, ListingOf
from console.order_desk import DeskOf, IfMatch, OrderDesk
from console.parts import ReportsOf
from console.routes.policies import Newer, Older, Restore, Settings, Version, WhyOf
from console.schemas import ListOf, columns
from console.schemas import desired_state as shapes
from domain.desired_orders import DeletePolicy, RestorePolicy, RunTaskNow, WritePolicy
from domain.policy import TASKS

router = APIRouter(tags=["tasks"])
AgentOf = Annotated[str | None, Query(max_length=255, description="Only runs on this agent.")]


@router.get("/tasks", response_model=ListOf[shapes.Task])
def list_tasks(reports: ReportsOf, _: Reader, listing: ListingOf) -> Response:
    """Every task."""
    return listing.answer(listing.part("tasks", reports.desired.tasks.page(), "name"), columns(shapes.Task))


@router.get("/tasks/{name}", response_model=shapes.TaskDetails)
def show_task(reports: ReportsOf, _: Reader, name: str, version: Version = None) -> Response:
    """One task with its content, of a version or the newest, and how its runs ended."""
    return AsciiJson(reports.desired.tasks.one(name, version))


@router.get("/tasks/{name}/history", response_model=ListOf[shapes.PolicyVersion])
def list_task_versions(reports: ReportsOf, _: Reader, listing: ListingOf, name: str) -> Response:
    """The versions of a task, oldest first; orders to run it now are among them."""
    whole = reports.desired.policies.history(TASKS + name, name)
    return listing.answer(listing.part("versions", whole, "version"), columns(shapes.PolicyVersion))


@router.get("/tasks/{name}/diff", response_model=shapes.PolicyDifference)
def compare_task_versions(reports: ReportsOf, _: Reader, name: str, older: Older, newer: Newer) -> Response:
    """What differs between two versions."""
    return AsciiJson(reports.desired.policies.difference(TASKS + name, name, older, newer))


@router.post("/tasks/{name}/rollback", response_model=shapes.Revised)
def restore_task(desk: DeskOf, caller: StateKeeper, name: str, wanted: Restore, if_match: IfMatch = None) -> Response:
    """Write a version that equals an older one; it runs nothing."""
    return revise(RestorePolicy(TASKS + name, name, wanted.version, wanted.note), desk, caller, if_match)


@router.put("/tasks/{name}", response_model=shapes.Revised)
def write_task(desk: DeskOf, caller: StateKeeper, name: str, task: Settings, if_match: IfMatch = None) -> Response:
    """Write a version of a task."""
    return revise(WritePolicy(TASKS + name, name, task.settings, task.note), desk, caller, if_match)


@router.delete("/tasks/{name}", response_model=shapes.Revised)
def delete_task(desk: DeskOf, caller: StateKeeper, name: str, why: WhyOf) -> Response:
    """Delete a task that nothing assigns."""
    return revise(DeletePolicy(TASKS + name, name, why.reason), desk, caller)


@router.post("/tasks/{name}/run-now", response_model=shapes.RunOrdered)
def run_task_now(desk: DeskOf, caller: TaskRunner, name: str, why: WhyOf) -> Response:
    """Have every agent that holds the task now run it once, as soon as it hears of it; the answer counts them."""
    return revise(RunTaskNow(name, why.reason), desk, caller, more=lambda: _reach(desk, name))


@router.get("/tasks/{name}/runs", response_model=ListOf[shapes.TaskRun])
def list_runs_of_task(reports: ReportsOf, _: Reader, listing: ListingOf, name: str, agent: AgentOf = None) -> Response:
    """Runs of one task, newest first."""
    page = reports.desired.tasks.runs(name, agent, listing.limit, listing.cursor)
    return listing.answer(page, columns(shapes.TaskRun))


@router.get("/task-runs", response_model=ListOf[shapes.TaskRun])
def list_task_runs(reports: ReportsOf, _: Reader, listing: ListingOf, agent: AgentOf = None) -> Response:
    """Runs of all tasks, newest first."""
    return listing.answer(
        reports.desired.tasks.runs(None, agent, listing.limit, listing.cursor), columns(shapes.TaskRun)
    )


def _reach(desk: OrderDesk, name: str) -> dict[str, Any]:
    found = desk.read_back(lambda: desk.reports.desired.compliance.reach(TASKS + name, name))
    return {"assigned": found.assigned, "holding": found.holding} if found else {"assigned": None, "holding": None}
