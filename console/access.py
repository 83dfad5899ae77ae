"""Who calls and what they may do: bearer tokens and roles, checked here and nowhere else in the API."""

from collections.abc import Callable, Collection
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from console.bearer_token import hash_of, looks_like_token
from console.problems import Problem
from console.token_uses import TokenUses
from domain.desired_orders import ApplyDocument, PlaceAgents, RunTaskNow, WritePolicy
from domain.operator_token import Role
from domain.order_roles import permits
from domain.orders import (
    AllowRegistration,
    BlockRegistration,
    CreateServerKey,
    IssueInstallTickets,
    IssueToken,
    MergeRegistration,
    OpenMigrationWindow,
    ProposeAuthorities,
    RebuildProjection,
    RevokeInstallTicket,
    RevokeRegistration,
    RevokeToken,
    SetRegistrationPolicy,
    SetServerList,
    SplitRegistration,
    WakeAgents,
)
from projections.reports import Reports

_BEARER = HTTPBearer(auto_error=False, description="A token made by `muster tokens create`: `muster_...`")


class Caller(NamedTuple):
    """The token behind a request."""

    token_id: str
    name: str
    role: str
    expires_at: str | None


def _unauthorized(code: str, detail: str) -> Problem:
    error = "" if code == "token_missing" else ', error="invalid_token"'
    return Problem(401, code, detail, {"WWW-Authenticate": f'Bearer realm="muster"{error}'})


class Access:
    """Finds the token of a request, and notes its use."""

    def __init__(self, reports: Reports, uses: TokenUses, clock_ms: Callable[[], int]) -> None:
        self._reports = reports
        self._uses = uses
        self._clock_ms = clock_ms

    def caller(self, secret: str | None) -> Caller:
        """Who holds this secret; raises a 401 problem that says what is wrong with it."""
        if not secret:
            raise _unauthorized("token_missing", "Send a token: Authorization: Bearer muster_...")
        row = self._reports.token(hash_of(secret)) if looks_like_token(secret) else None
        if row is None:
            raise _unauthorized("token_unknown", "This token is not one of this deployment's.")
        if row["revoked"]:
            raise _unauthorized("token_revoked", "This token was revoked.")
        if row["expires_at_ms"] is not None and row["expires_at_ms"] <= self._clock_ms():
            raise _unauthorized("token_expired", "This token has expired.")
        caller = Caller(row["token_id"], row["name"], row["role"], row["expires_at"])
        self._uses.note(caller.token_id, caller.name, caller.role)
        return caller


def _known(request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)] = None) -> Caller:
    access: Access = request.app.state.access
    return access.caller(bearer.credentials if bearer else None)


def _only(roles: Collection[str]) -> Any:
    def check(caller: Annotated[Caller, Depends(_known)]) -> Caller:
        if caller.role not in roles:
            needed = ", ".join(sorted(roles))
            raise Problem(403, "role_missing", f"The role {caller.role} may not do this; needed: {needed}.")
        return caller

    return Depends(check)


def _givers(command: type) -> Any:
    return _only({role.value for role in Role if permits(role.value, command)})


Reader = Annotated[Caller, _only({role.value for role in Role})]
TokenReader = Annotated[Caller, _only({Role.ADMIN.value, Role.AUDITOR.value})]
EvidenceReader = Annotated[Caller, _only({Role.ADMIN.value, Role.AUDITOR.value})]
Allower = Annotated[Caller, _givers(AllowRegistration)]
Blocker = Annotated[Caller, _givers(BlockRegistration)]
Revoker = Annotated[Caller, _givers(RevokeRegistration)]
TicketIssuer = Annotated[Caller, _givers(IssueInstallTickets)]
TicketRevoker = Annotated[Caller, _givers(RevokeInstallTicket)]
Merger = Annotated[Caller, _givers(MergeRegistration)]
Splitter = Annotated[Caller, _givers(SplitRegistration)]
PolicySetter = Annotated[Caller, _givers(SetRegistrationPolicy)]
TokenIssuer = Annotated[Caller, _givers(IssueToken)]
TokenRevoker = Annotated[Caller, _givers(RevokeToken)]
KeyKeeper = Annotated[Caller, _givers(CreateServerKey)]
WindowKeeper = Annotated[Caller, _givers(OpenMigrationWindow)]
ListSetter = Annotated[Caller, _givers(SetServerList)]
AuthorityKeeper = Annotated[Caller, _givers(ProposeAuthorities)]
Waker = Annotated[Caller, _givers(WakeAgents)]
Rebuilder = Annotated[Caller, _givers(RebuildProjection)]
StateApplier = Annotated[Caller, _givers(ApplyDocument)]
StateKeeper = Annotated[Caller, _givers(WritePolicy)]
AgentMover = Annotated[Caller, _givers(PlaceAgents)]
TaskRunner = Annotated[Caller, _givers(RunTaskNow)]
