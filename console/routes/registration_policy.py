"""What happens to a first request that nobody decided yet."""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from console import answers, schemas
from console.access import PolicySetter, Reader
from console.etag import etag_of, version_in
from console.listing import AsciiJson
from console.order_desk import DeskOf, IfMatch
from console.parts import ReportsOf
from console.problems import Problem
from domain.orders import SetRegistrationPolicy
from domain.registration_policy import Terms
from domain.registration_rules import BadRules, plain_rules

router = APIRouter(prefix="/registration-policy", tags=["registration policy"])


class NewPolicy(BaseModel):
    """A policy: what `GET` answers may be sent back, what says who decided is ignored. Every fault is told."""

    model_config = ConfigDict(extra="allow")
    otherwise: Any = Field(description="When no rule matches: pending, allow-all or block-all.")
    duplicates: Any = Field("pending", description="pending: no duplicate is ever allowed by a rule; or allow.")
    rules: Any = Field([], description="A list; the first that matches decides. See docs/registrations.md.")

    def terms(self) -> Terms:
        """What it says; raises the problem that names every fault."""
        try:
            return Terms.read(self.model_dump())
        except BadRules as bad:
            faults = [{"rule": each.rule, "field": each.field, "problem": each.problem} for each in bad.faults]
            raise Problem(422, "bad_policy", f"Nothing was changed: {bad}", faults=faults) from bad


@router.get("", response_model=schemas.Policy)
def show_registration_policy(reports: ReportsOf, _: Reader) -> Response:
    """The policy in force, with its ETag."""
    policy = reports.registration_policy()
    return AsciiJson(policy, headers={"ETag": etag_of(policy["version"])})


@router.put("", response_model=answers.PolicyDecided)
def set_registration_policy(
    desk: DeskOf, caller: PolicySetter, policy: NewPolicy, if_match: IfMatch = None
) -> Response:
    """Put another policy in place; it decides first requests only. Needs If-Match like a decision."""
    terms = policy.terms()
    order = SetRegistrationPolicy(terms.otherwise.value, plain_rules(terms.rules), terms.duplicates.value)
    carried = desk.give(order, caller, version_in(if_match))
    document = carried.document() | {"policy": desk.read_back(desk.reports.registration_policy)}
    return AsciiJson(document, headers={"ETag": etag_of(carried.outcome.version)})
