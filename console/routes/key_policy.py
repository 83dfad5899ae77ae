"""How strong agents' keys must be."""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from console import answers, schemas
from console.access import KeyKeeper, Reader
from console.etag import etag_of, version_in
from console.listing import AsciiJson
from console.order_desk import DeskOf, IfMatch
from console.parts import ReportsOf
from domain.orders import SetKeyPolicy

router = APIRouter(prefix="/key-policy", tags=["server keys"])


class NewMinimum(BaseModel):
    """The least algorithm from now on."""

    model_config = ConfigDict(extra="forbid")
    minimum: Literal["rsa2048", "p256", "ed25519"]


@router.get("", response_model=schemas.KeyPolicy)
def show_key_policy(reports: ReportsOf, _: Reader) -> Response:
    """The least algorithm of agents' keys, and how many allowed agents are below it; with its ETag."""
    policy = reports.key_policy()
    return AsciiJson(policy, headers={"ETag": etag_of(policy["version"])})


@router.put("", response_model=answers.KeyPolicyDecided)
def set_key_policy(desk: DeskOf, caller: KeyKeeper, policy: NewMinimum, if_match: IfMatch = None) -> Response:
    """Set the least algorithm; it decides first requests. Needs If-Match like a decision."""
    carried = desk.give(SetKeyPolicy(policy.minimum), caller, version_in(if_match))
    document = carried.document() | {"policy": desk.read_back(desk.reports.key_policy)}
    return AsciiJson(document, headers={"ETag": etag_of(carried.outcome.version)})
