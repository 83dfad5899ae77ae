"""Bearer tokens of operators: made, listed, revoked."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from console import answers, schemas
from console.access import TokenIssuer, TokenReader, TokenRevoker
from console.bearer_token import new_bearer_token
from console.listing import AsciiJson, ListingOf
from console.order_desk import DeskOf
from console.parts import ClockMs, Random, ReportsOf
from domain.operator_token import Role
from domain.orders import IssueToken, RevokeToken
from projections.reports import Reports
from projections.reports.shown import time_text

router = APIRouter(prefix="/tokens", tags=["tokens"])
MOST_NAMESAKES = 100


def _visible(name: str) -> str:
    if not name.isprintable() or name != name.strip():
        raise ValueError("printable characters only, no space at either end")
    return name


class NewToken(BaseModel):
    """The token to make."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, AfterValidator(_visible)] = Field(min_length=1, max_length=100)
    role: Role
    expires_in_s: int | None = Field(None, ge=60, le=100 * 366 * 86_400, description="Its life; for ever when absent.")


@router.get("", response_model=schemas.ListOf[schemas.Token])
def list_tokens(reports: ReportsOf, _: TokenReader, listing: ListingOf) -> Response:
    """Every token ever made, without its secret."""
    return listing.answer(reports.tokens(), schemas.columns(schemas.Token))


@router.post("", status_code=201, response_model=answers.TokenIssued)
def issue_token(desk: DeskOf, caller: TokenIssuer, new: NewToken, clock_ms: ClockMs, random: Random) -> Response:
    """Make a token; no living one may have its name. Its secret is told this once: a repeat is refused (422)."""
    expires_at_ms = None if new.expires_in_s is None else clock_ms() + new.expires_in_s * 1000
    token_id, token = str(UUID(bytes=random(16), version=4)), new_bearer_token(random)
    namesakes = _namesakes(desk.reports, new.name)
    command = IssueToken(token_id, token.token_hash, new.name, new.role.value, expires_at_ms, namesakes)
    carried = desk.give(command, caller)
    told = {
        "token_id": token_id,
        "name": new.name,
        "role": new.role.value,
        "expires_at": time_text(expires_at_ms),
        "token": token.secret,
    }
    return AsciiJson(carried.document() | told, status_code=201)


@router.delete("/{token_id}", response_model=answers.Decided)
def revoke_token(
    desk: DeskOf,
    caller: TokenRevoker,
    token_id: str,
    reason: Annotated[str, Query(max_length=1000)] = "",
) -> Response:
    """Make a token useless, at once and for good."""
    return AsciiJson(desk.give(RevokeToken(token_id, reason), caller).document())


def _namesakes(reports: Reports, name: str) -> tuple[str, ...]:
    """Tokens of this name that were not revoked: names of old ones are known to the reports alone."""
    found = [each for each in reports.tokens().items if each["name"].casefold() == name.casefold()]
    return tuple(each["token_id"] for each in found if not each["revoked"])[-MOST_NAMESAKES:]
