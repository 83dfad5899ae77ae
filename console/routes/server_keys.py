"""Server keys: listed with the agents that rely on them, made, imported, certified, activated, retired, deleted."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from console import answers, schemas
from console.access import KeyKeeper, Reader
from console.listing import AsciiJson, ListingOf
from console.order_desk import DeskOf, OrderDesk
from console.parts import ReportsOf
from console.problems import Problem
from domain.orders import (
    ActivateServerKey,
    CertifyServerKey,
    Command,
    CreateServerKey,
    DeleteServerKey,
    ImportServerKey,
    RetireServerKey,
)
from domain.server_key import SIGNING, sealed_name_of
from wire.keys import UnusableKey, load_public_key, public_der
from wire.private_keys import load_private_pem, load_public_pem, private_pem

router = APIRouter(prefix="/server-keys", tags=["server keys"])
Hex = Annotated[str, Field(pattern=r"^([0-9a-f]{2})*$", max_length=4096)]
Force = Annotated[bool, Query(description="Although agents still rely on it; needs a reason.")]
ReasonText = Annotated[str, Query(max_length=1000)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewServerKey(_Asked):
    """The server key to make."""

    algorithm: Literal["ed25519", "p256", "rsa2048"] = "ed25519"
    minimum_version: int = Field(0, ge=0, description="Agents that see it answer believe no older version. 0: as now.")


class ImportedServerKey(_Asked):
    """A key made elsewhere. RSA-1024 keys are listed and counted only: their private half is not kept."""

    pem: str = Field(max_length=16_384, description="PEM: a private key, or a public one that shall sign nothing.")
    minimum_version: int = Field(0, ge=0)


class Certificate(_Asked):
    """What `muster root sign` printed."""

    version: int | None = None
    statement: Hex
    signature: Hex


class Why(_Asked):
    """Why it is done."""

    reason: str = Field("", max_length=1000)


class RetiredKey(Why):
    """How a key is retired."""

    force: bool = Field(False, description="Although agents still rely on it; needs a reason.")


@router.get("", response_model=schemas.ListOf[schemas.ServerKey])
def list_server_keys(reports: ReportsOf, _: Reader, listing: ListingOf) -> Response:
    """Every server key there ever was, with the number of agents that rely on it."""
    return listing.answer(reports.server_keys(), schemas.columns(schemas.ServerKey))


@router.get("/{version}", response_model=schemas.ServerKey)
def show_server_key(reports: ReportsOf, _: Reader, version: int) -> Response:
    """One server key; `request` is what the root key is to sign, null once it has."""
    return AsciiJson(reports.server_key(version))


@router.post("", status_code=201, response_model=answers.ServerKeyDecided)
def create_server_key(desk: DeskOf, caller: KeyKeeper, new: NewServerKey) -> Response:
    """Make a server key; where the root key is at hand it is certified at once."""
    return _newest(desk, desk.give(CreateServerKey(new.algorithm, new.minimum_version), caller))


@router.post("/import", status_code=201, response_model=answers.ServerKeyDecided)
def import_server_key(request: Request, desk: DeskOf, caller: KeyKeeper, given: ImportedServerKey) -> Response:
    """Take in a server key made elsewhere. Its private half is sealed here: the broker never carries it in plain."""
    der, sealed = _sealed(given.pem, request.app.state.seal)
    return _newest(desk, desk.give(ImportServerKey(der, sealed, given.minimum_version), caller))


@router.post("/{version}/certificate", response_model=answers.ServerKeyDecided)
def certify_server_key(desk: DeskOf, caller: KeyKeeper, version: int, certificate: Certificate) -> Response:
    """Install what the root key signed."""
    pair = bytes.fromhex(certificate.statement), bytes.fromhex(certificate.signature)
    return _decided(desk, caller, version, CertifyServerKey(version, *pair))


@router.post("/{version}/activate", response_model=answers.ServerKeyDecided)
def activate_server_key(desk: DeskOf, caller: KeyKeeper, version: int, why: Why | None = None) -> Response:
    """Answer agents with this key from now on."""
    return _decided(desk, caller, version, ActivateServerKey(version, why.reason if why else ""))


@router.post("/{version}/retire", response_model=answers.ServerKeyDecided)
def retire_server_key(desk: DeskOf, caller: KeyKeeper, version: int, how: RetiredKey | None = None) -> Response:
    """Use a key no more; refused while agents rely on it, unless forced with a reason."""
    how = how or RetiredKey(reason="", force=False)
    relying = desk.reports.server_key(version)["agents"]
    return _decided(desk, caller, version, RetireServerKey(version, relying, how.force, how.reason))


@router.delete("/{version}", response_model=answers.ServerKeyDecided)
def delete_server_key(
    desk: DeskOf, caller: KeyKeeper, version: int, force: Force = False, reason: ReasonText = ""
) -> Response:
    """Destroy the private half of a retired key; what was recorded about it stays."""
    relying = desk.reports.server_key(version)["agents"]
    return _decided(desk, caller, version, DeleteServerKey(version, relying, force, reason))


def _decided(desk: OrderDesk, caller: Any, version: int, command: Command) -> Response:
    carried = desk.give(command, caller)
    return AsciiJson(carried.document() | {"server_key": desk.read_back(lambda: desk.reports.server_key(version))})


def _newest(desk: OrderDesk, carried: Any) -> Response:
    keys = desk.read_back(desk.reports.server_keys)
    newest = keys.items[-1] if keys and keys.items else None
    return AsciiJson(carried.document() | {"server_key": newest}, status_code=201)


def _sealed(pem: str, seal: Any) -> tuple[bytes, bytes]:
    """The public key, and the private half sealed under its name; empty for a key that signs nothing."""
    try:
        if "PRIVATE KEY" not in pem:
            return load_public_key(load_public_pem(pem.encode())).der, b""
        private = load_private_pem(pem.encode())
        der = public_der(private.public_key())
        signs = load_public_key(der).algorithm in SIGNING
    except UnusableKey as error:
        raise Problem(422, "invalid_request", f"This is no key that can be imported: {error}") from error
    if signs and seal is None:
        raise Problem(503, "cannot_seal", "This console has no wrapping key: a private key cannot be taken in.")
    return der, seal(sealed_name_of(der), private_pem(private)) if signs else b""
