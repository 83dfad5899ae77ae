"""Where new agents go."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from console.access import Reader, StateKeeper
from console.desired_desk import revise
from console.listing import AsciiJson, ListingOf
from console.order_desk import DeskOf, IfMatch
from console.parts import ReportsOf
from console.problems import Problem
from console.schemas import ListOf, columns
from console.schemas import desired_state as shapes
from domain.desired_orders import SetSortingRules
from wire.conditions import BadCondition, read

router = APIRouter(prefix="/sorting-rules", tags=["system tree"])


class NewRule(BaseModel):
    """A condition, and the group of agents for which it holds."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=100)
    when: dict[str, Any] | None = None
    group: str = Field(max_length=2_000)


class NewRules(BaseModel):
    """Rules in order: the first that holds decides."""

    model_config = ConfigDict(extra="ignore")
    rules: list[NewRule] = Field(max_length=1_000)


@router.get("", response_model=shapes.Sorting)
def show_sorting_rules(reports: ReportsOf, _: Reader) -> Response:
    """The rules in force."""
    return AsciiJson(reports.desired.sorting.rules())


@router.put("", response_model=shapes.Revised)
def set_sorting_rules(desk: DeskOf, caller: StateKeeper, wanted: NewRules, if_match: IfMatch = None) -> Response:
    """Put other rules in place; they sort agents that were never placed."""
    rules = [each.model_dump() for each in wanted.rules]
    return revise(SetSortingRules(rules), desk, caller, if_match)


@router.post("/dry-run", response_model=ListOf[shapes.Sorted])
def dry_run_sorting_rules(
    reports: ReportsOf,
    _: Reader,
    listing: ListingOf,
    wanted: NewRules,
    looked_at: Annotated[int, Query(ge=1, le=1000, description="Agents that one part looks at.")] = 1000,
) -> Response:
    """Agents that these rules would put elsewhere, of a part of them; changes nothing."""
    faults = [fault for number, each in enumerate(wanted.rules) for fault in _faults(number, each)]
    unknown = reports.desired.sorting.unknown_groups([each.group for each in wanted.rules])
    faults += [{"rule": None, "field": "group", "problem": f"there is no group {path}"} for path in unknown]
    if faults:
        told = "; ".join(f"{each['field']}: {each['problem']}" for each in faults)
        raise Problem(422, "bad_rules", told, faults=faults)
    rules = [(each.name, each.when, each.group) for each in wanted.rules]
    page = reports.desired.sorting.dry_run(rules, looked_at, listing.cursor)
    return listing.answer(page, columns(shapes.Sorted))


def _faults(number: int, rule: NewRule) -> list[dict[str, Any]]:
    try:
        read(rule.when)
    except BadCondition as bad:
        return [{"rule": number, "field": each.field, "problem": each.problem} for each in bad.faults]
    return []
