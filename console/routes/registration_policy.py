"""What happens to a first request that nobody decided yet."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from console import answers, schemas
from console.access import PolicySetter, Reader
from console.etag import etag_of, version_in
from console.listing import AsciiJson
from console.order_desk import DeskOf, IfMatch
from console.parts import ReportsOf
from domain.orders import SetRegistrationPolicy
from domain.registration_policy import Otherwise

router = APIRouter(prefix="/registration-policy", tags=["registration policy"])


class NewPolicy(BaseModel):
    """The policy to put in place."""

    model_config = ConfigDict(extra="forbid")
    otherwise: Otherwise


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
    carried = desk.give(SetRegistrationPolicy(policy.otherwise.value), caller, version_in(if_match))
    document = carried.document() | {"policy": desk.read_back(desk.reports.registration_policy)}
    return AsciiJson(document, headers={"ETag": etag_of(carried.outcome.version)})
