"""What another registration policy would have decided about the recorded first requests."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime

from console import schemas
from console.access import Reader
from console.listing import AsciiJson
from console.parts import ReportsOf
from console.routes.registration_policy import NewPolicy

router = APIRouter(prefix="/registration-policy", tags=["registration policy"])


@router.post("/dry-run", response_model=schemas.DryRun)
def dry_run_registration_policy(
    reports: ReportsOf,
    _: Reader,
    policy: NewPolicy,
    since: Annotated[AwareDatetime | None, Query(description="Only requests from this time on.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many requests to look at.")] = 1000,
    cursor: Annotated[str | None, Query(max_length=2048, description="`next` of the part before.")] = None,
) -> Response:
    """Run a policy over a part of the recorded first requests; the counts are of this part. Changes nothing."""
    part = reports.policy_dry_run(policy.terms(), since_ms=_ms(since), limit=limit, cursor=cursor)
    return AsciiJson({"items": part.different, "different": len(part.different)} | _counts(part._asdict()))


def _counts(part: dict[str, object]) -> dict[str, object]:
    return {name: part[name] for name in schemas.columns(schemas.DryRun) if name in part and name != "different"}


def _ms(moment: datetime | None) -> int:
    return int(moment.timestamp() * 1000) if moment else 0
