"""Orders of operators: verb and noun, frozen; the only way people change anything."""

import msgspec

from domain.operator_token import Role


class AllowRegistration(msgspec.Struct, frozen=True, tag=True):
    """Let the machine of this registration in."""

    registration_id: bytes
    reason: str = ""


class BlockRegistration(msgspec.Struct, frozen=True, tag=True):
    """Keep the machine of this registration out."""

    registration_id: bytes
    reason: str = ""


class RevokeRegistration(msgspec.Struct, frozen=True, tag=True):
    """Withdraw the trust in the machine of this registration."""

    registration_id: bytes
    reason: str


class SetRegistrationPolicy(msgspec.Struct, frozen=True, tag=True):
    """Put another registration policy in place: pending, allow-all or block-all."""

    otherwise: str


class IssueToken(msgspec.Struct, frozen=True, tag=True):
    """Make a bearer token; the secret stays with the console, ``token_hash`` is its SHA-256."""

    token_id: str
    token_hash: bytes
    name: str
    role: str
    expires_at_ms: int | None = None


class RevokeToken(msgspec.Struct, frozen=True, tag=True):
    """Make a token useless."""

    token_id: str
    reason: str = ""


class NoteTokenUse(msgspec.Struct, frozen=True, tag=True):
    """Note that a token was used; appends at most one event a day."""

    token_id: str


class RebuildProjection(msgspec.Struct, frozen=True, tag=True):
    """Build a projection anew beside the one in use; its followers read this order in the log."""

    name: str


class OpenMigrationWindow(msgspec.Struct, frozen=True, tag=True):
    """Let agents whose keys authorise nothing any more hand over to strong ones, until a time."""

    until_ms: int
    reason: str


class CloseMigrationWindow(msgspec.Struct, frozen=True, tag=True):
    """Close the migration window before its end."""

    reason: str = ""


Command = (
    AllowRegistration
    | BlockRegistration
    | RevokeRegistration
    | SetRegistrationPolicy
    | IssueToken
    | RevokeToken
    | NoteTokenUse
    | RebuildProjection
    | OpenMigrationWindow
    | CloseMigrationWindow
)


class Order(msgspec.Struct, frozen=True):
    """A command with who gave it and when. ``if_match`` is the target's version the operator saw, None if not asked."""

    command_id: bytes
    operator: str
    role: str
    issued_at_ms: int
    command: Command
    if_match: int | None = None


class Outcome(msgspec.Struct, frozen=True):
    """What became of an order. ``outcome``: done, unchanged, or the code of a refusal (domain/errors.py)."""

    command_id: bytes
    outcome: str
    detail: str = ""
    position: int = 0
    version: int = 0


ORDER_LIFE_MS = 60_000
"""An order older than this is refused: a recorded one cannot be replayed later."""

ORDER_DECIDED = "Order.Decided"
UNVERIFIED_COUNTED = "Unverified.Counted"

_MINIMUM_ROLES: dict[type, frozenset[Role]] = {
    AllowRegistration: frozenset({Role.OPERATOR, Role.ADMIN}),
    BlockRegistration: frozenset({Role.OPERATOR, Role.ADMIN}),
    RevokeRegistration: frozenset({Role.OPERATOR, Role.ADMIN}),
    SetRegistrationPolicy: frozenset({Role.ADMIN}),
    IssueToken: frozenset({Role.ADMIN}),
    RevokeToken: frozenset({Role.ADMIN}),
    NoteTokenUse: frozenset(Role),
    RebuildProjection: frozenset({Role.ADMIN}),
    OpenMigrationWindow: frozenset({Role.ADMIN}),
    CloseMigrationWindow: frozenset({Role.ADMIN}),
}


def permits(role: str, command: type) -> bool:
    """True when a token of ``role`` may give this kind of order: the one place where roles are checked for orders."""
    return role in {one.value for one in _MINIMUM_ROLES[command]}
