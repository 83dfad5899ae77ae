"""The CA set: whose TLS certificates agents believe; nothing counts that the root key did not sign."""

import ssl
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from console import answers, schemas
from console.access import AuthorityKeeper, Reader
from console.etag import etag_of, version_in
from console.listing import AsciiJson
from console.order_desk import DeskOf, IfMatch
from console.parts import ReportsOf
from console.problems import Problem
from domain.orders import ProposeAuthorities, PublishAuthorities
from wire.authorities import MAX_AUTHORITIES, UntrustedAuthorities, check_authority

router = APIRouter(prefix="/authorities", tags=["authorities"])
Hex = Annotated[str, Field(pattern=r"^([0-9a-f]{2})*$", max_length=64 * 1024)]


class NewAuthorities(BaseModel):
    """The CA set to make."""

    model_config = ConfigDict(extra="forbid")
    certificates: list[str] = Field(
        min_length=1, max_length=MAX_AUTHORITIES, description="PEM: all CAs that agents shall believe, and no others."
    )
    reason: str = Field("", max_length=1000)


class SignedAuthorities(BaseModel):
    """What `muster root sign` printed."""

    model_config = ConfigDict(extra="forbid")
    kind: str = "authorities"
    version: int | None = None
    statement: Hex
    signature: Hex


@router.get("", response_model=schemas.Authorities)
def show_authorities(reports: ReportsOf, _: Reader) -> Response:
    """The CA set, how many agents hold it, and what waits for the root key; with its ETag."""
    found = reports.authorities()
    return AsciiJson(found, headers={"ETag": etag_of(found["version"])})


@router.put("", response_model=answers.AuthoritiesDecided)
def propose_authorities(
    desk: DeskOf, caller: AuthorityKeeper, new: NewAuthorities, if_match: IfMatch = None
) -> Response:
    """Propose a CA set; where the root key is at hand it is signed and published at once."""
    certificates = [_der(each) for each in new.certificates]
    carried = desk.give(ProposeAuthorities(certificates, new.reason), caller, version_in(if_match))
    document = carried.document() | {"authorities": desk.read_back(desk.reports.authorities)}
    return AsciiJson(document, headers={"ETag": etag_of(carried.outcome.version)})


@router.post("/signature", response_model=answers.AuthoritiesDecided)
def publish_authorities(desk: DeskOf, caller: AuthorityKeeper, signed: SignedAuthorities) -> Response:
    """Install what the root key signed: agents are told from now on."""
    order = PublishAuthorities(bytes.fromhex(signed.statement), bytes.fromhex(signed.signature))
    carried = desk.give(order, caller)
    return AsciiJson(carried.document() | {"authorities": desk.read_back(desk.reports.authorities)})


def _der(pem: str) -> bytes:
    try:
        der = ssl.PEM_cert_to_DER_cert(pem.strip())
        check_authority(der)
    except (ValueError, UntrustedAuthorities) as error:
        raise Problem(422, "invalid_request", f"This is no CA certificate: {error}") from error
    return der
