"""Policies: named, versioned settings of a category."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from console.access import Reader, StateKeeper
from console.agent_names import with_names
from console.desired_desk import revise
from console.listing import AsciiJson, ListingOf
from console.order_desk import DeskOf, IfMatch
from console.parts import ReportsOf
from console.problems import Problem
from console.schemas import ListOf, columns
from console.schemas import desired_state as shapes
from domain.builtin_categories import BUILT_IN
from domain.desired_orders import DefineCategory, DeleteCategory, DeletePolicy, RestorePolicy, WritePolicy

router = APIRouter(tags=["policies"])
MOST_VERSIONS = 2**31 - 1
"""Of one policy."""


class Settings(BaseModel):
    """What a version says, and why it was written."""

    model_config = ConfigDict(extra="forbid")
    settings: dict[str, Any]
    note: str = Field("", max_length=1_000)


class Restore(BaseModel):
    """The version to go back to."""

    model_config = ConfigDict(extra="forbid")
    version: int = Field(ge=1, le=MOST_VERSIONS)
    note: str = Field("", max_length=1_000)


class Reason(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field("", max_length=1_000)


class Definition(BaseModel):
    """A JSON Schema, draft 2020-12, without references to elsewhere."""

    model_config = ConfigDict(extra="forbid")
    definition: dict[str, Any] = Field(alias="schema")
    force: bool = Field(False, description="Although policies that are written do not fit; they stay as they are.")


Version = Annotated[int | None, Query(ge=1, le=MOST_VERSIONS)]
Older = Annotated[int, Query(alias="from", ge=1, le=MOST_VERSIONS)]
Newer = Annotated[int, Query(alias="to", ge=1, le=MOST_VERSIONS)]
WhyOf = Annotated[Reason, Body(default_factory=Reason)]


@router.get("/policies", response_model=ListOf[shapes.NamedPolicy])
def list_policies(
    reports: ReportsOf, _: Reader, listing: ListingOf, category: Annotated[str | None, Query(max_length=64)] = None
) -> Response:
    """Every policy in its newest version."""
    whole = reports.desired.policies.page(category=category)
    return listing.answer(listing.part("policies", whole, "category", "name"), columns(shapes.NamedPolicy))


@router.get("/policies/{category}/{name}", response_model=shapes.PolicyDetails)
def show_policy(
    reports: ReportsOf,
    _: Reader,
    category: str,
    name: str,
    version: Annotated[int | None, Query(ge=1, le=MOST_VERSIONS)] = None,
) -> Response:
    """One policy with its settings, of a version or the newest."""
    return AsciiJson(reports.desired.policies.one(category, name, version))


@router.put("/policies/{category}/{name}", response_model=shapes.PolicyRevised)
def write_policy(
    desk: DeskOf, caller: StateKeeper, category: str, name: str, policy: Settings, if_match: IfMatch = None
) -> Response:
    """Write a version; the same settings again answer `unchanged`."""
    command = WritePolicy(category, name, policy.settings, policy.note)
    return revise(command, desk, caller, if_match, more=lambda: _written(desk, category, name))


@router.delete("/policies/{category}/{name}", response_model=shapes.Revised)
def delete_policy(desk: DeskOf, caller: StateKeeper, category: str, name: str, why: WhyOf) -> Response:
    """Delete a policy that nothing assigns; its versions stay."""
    try:
        return revise(DeletePolicy(category, name, why.reason), desk, caller)
    except Problem as refused:
        raise with_names(refused, desk) from refused


@router.get("/policies/{category}/{name}/history", response_model=ListOf[shapes.PolicyVersion])
def list_policy_versions(reports: ReportsOf, _: Reader, listing: ListingOf, category: str, name: str) -> Response:
    """The versions of a policy, oldest first."""
    whole = reports.desired.policies.history(category, name)
    return listing.answer(listing.part("versions", whole, "version"), columns(shapes.PolicyVersion))


@router.get("/policies/{category}/{name}/diff", response_model=shapes.PolicyDifference)
def compare_policy_versions(
    reports: ReportsOf,
    _: Reader,
    category: str,
    name: str,
    older: Annotated[int, Query(alias="from", ge=1, le=MOST_VERSIONS)],
    newer: Annotated[int, Query(alias="to", ge=1, le=MOST_VERSIONS)],
) -> Response:
    """What differs between two versions."""
    return AsciiJson(reports.desired.policies.difference(category, name, older, newer))


@router.post("/policies/{category}/{name}/rollback", response_model=shapes.PolicyRevised)
def restore_policy(
    desk: DeskOf, caller: StateKeeper, category: str, name: str, wanted: Restore, if_match: IfMatch = None
) -> Response:
    """Write a version that equals an older one."""
    command = RestorePolicy(category, name, wanted.version, wanted.note)
    return revise(command, desk, caller, if_match, more=lambda: _written(desk, category, name))


@router.get("/policy-categories", response_model=ListOf[shapes.Category])
def list_categories(reports: ReportsOf, _: Reader, listing: ListingOf) -> Response:
    """Categories with their schemas: those that come with Muster, and those that people defined."""
    page = reports.desired.policies.categories()
    known = [
        {"category": name, "built_in": True, "schema": schema, "defined_at": None, "defined_by": None}
        for name, schema in sorted(BUILT_IN.items())
    ]
    items = [*known, *({"built_in": False, **each} for each in page.items)]
    return listing.answer(page._replace(items=items), ("category", "built_in", "schema", "defined_at", "defined_by"))


@router.put("/policy-categories/{category}", response_model=shapes.Revised)
def define_category(desk: DeskOf, caller: StateKeeper, category: str, definition: Definition) -> Response:
    """Say what the settings of a category must be; refused while written policies do not fit, unless forced."""
    return revise(DefineCategory(category, definition.definition, definition.force), desk, caller)


@router.delete("/policy-categories/{category}", response_model=shapes.Revised)
def delete_category(desk: DeskOf, caller: StateKeeper, category: str, why: WhyOf) -> Response:
    """Delete a category that people defined and no policy is of."""
    return revise(DeleteCategory(category, why.reason), desk, caller)


def _written(desk: DeskOf, category: str, name: str) -> dict[str, Any]:
    policies = desk.reports.desired.policies
    shown = desk.read_back(lambda: policies.one(category, name))
    if shown is None:
        return {"version": None, "warning": None}
    alone = shown["version"] == 1 and len(policies.page(category=category).items) == 1
    judged = category in BUILT_IN or any(each["category"] == category for each in policies.categories().items)
    warning = f"category {category} is new here: no schema says what its settings must be" if alone else None
    return {"version": shown["version"], "warning": None if judged else warning}
