"""Orders of operators: verb and noun, frozen; the only way people change anything."""

from typing import Any

import msgspec

from domain.desired_orders import DesiredCommand


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


class MergeRegistration(msgspec.Struct, frozen=True, tag=True):
    """Let the machine of this registration be the same as that of ``into``: one entry, one agent id."""

    registration_id: bytes
    into: bytes
    reason: str


class SplitRegistration(msgspec.Struct, frozen=True, tag=True):
    """Undo the merge of this registration."""

    registration_id: bytes
    reason: str


class IssueInstallTickets(msgspec.Struct, frozen=True, tag=True):
    """Make install tickets, known by their Ed25519 public halves; ``bound_to`` is a registration they reinstall."""

    public_keys: list[bytes]
    expires_at_ms: int
    bound_to: bytes = b""


class RevokeInstallTicket(msgspec.Struct, frozen=True, tag=True):
    """Make an install ticket useless."""

    ticket_id: str
    reason: str = ""


class SetRegistrationPolicy(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Put another registration policy in place; the worker judges the rules."""

    otherwise: str
    rules: list[Any] = []
    duplicates: str = "pending"


class IssueToken(msgspec.Struct, frozen=True, tag=True):
    """Make a bearer token; the secret stays with the console, ``token_hash`` is its SHA-256.

    ``namesakes`` are tokens of that name, as the reports know them.
    """

    token_id: str
    token_hash: bytes
    name: str
    role: str
    expires_at_ms: int | None = None
    namesakes: tuple[str, ...] = ()


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


class CreateServerKey(msgspec.Struct, frozen=True, tag=True):
    """Make a further server key; ``minimum_version`` 0 leaves the oldest version agents believe as it is."""

    algorithm: str
    minimum_version: int = 0


class ImportServerKey(msgspec.Struct, frozen=True, tag=True):
    """Take in a server key made elsewhere; ``sealed`` is its private half under the wrapping key, empty for none."""

    public_key: bytes
    sealed: bytes = b""
    minimum_version: int = 0


class CertifyServerKey(msgspec.Struct, frozen=True, tag=True):
    """Install what the root key signed for a server key."""

    key_version: int
    statement: bytes
    root_signature: bytes


class ActivateServerKey(msgspec.Struct, frozen=True, tag=True):
    """Answer agents with this server key from now on."""

    key_version: int
    reason: str = ""


class RetireServerKey(msgspec.Struct, frozen=True, tag=True):
    """Use this server key no more; ``relying`` agents held none newer when the operator decided."""

    key_version: int
    relying: int
    force: bool = False
    reason: str = ""


class DeleteServerKey(msgspec.Struct, frozen=True, tag=True):
    """Destroy the private half of a retired server key."""

    key_version: int
    relying: int
    force: bool = False
    reason: str = ""


class SetKeyPolicy(msgspec.Struct, frozen=True, tag=True):
    """Set the least algorithm an agent may register with."""

    minimum: str


class WakeAgents(msgspec.Struct, frozen=True, tag=True):
    """Tell agents that hold a connection that something waits for them."""

    agent_ids: list[bytes]
    reason: str = ""


class OpenMigrationWindow(msgspec.Struct, frozen=True, tag=True):
    """Let agents whose keys authorise nothing any more hand over to strong ones, until a time."""

    until_ms: int
    reason: str


class CloseMigrationWindow(msgspec.Struct, frozen=True, tag=True):
    """Close the migration window before its end."""

    reason: str = ""


class SetServerList(msgspec.Struct, frozen=True, tag=True):
    """Put another server list in place; the worker judges the entries."""

    servers: list[Any]
    reason: str = ""


class SetRepositoryList(msgspec.Struct, frozen=True, tag=True):
    """Put another repository list in place; the worker judges the entries."""

    repositories: list[Any]
    reason: str = ""


class ProposeAuthorities(msgspec.Struct, frozen=True, tag=True):
    """Let agents believe these CAs (DER certificates) and no others, once the root key has signed it."""

    certificates: list[bytes]
    reason: str = ""


class PublishAuthorities(msgspec.Struct, frozen=True, tag=True):
    """Install what the root key signed for the proposed CA set."""

    statement: bytes
    root_signature: bytes


Command = (
    AllowRegistration
    | BlockRegistration
    | RevokeRegistration
    | MergeRegistration
    | SplitRegistration
    | IssueInstallTickets
    | RevokeInstallTicket
    | SetRegistrationPolicy
    | IssueToken
    | RevokeToken
    | NoteTokenUse
    | RebuildProjection
    | CreateServerKey
    | ImportServerKey
    | CertifyServerKey
    | ActivateServerKey
    | RetireServerKey
    | DeleteServerKey
    | SetKeyPolicy
    | OpenMigrationWindow
    | CloseMigrationWindow
    | WakeAgents
    | SetServerList
    | SetRepositoryList
    | ProposeAuthorities
    | PublishAuthorities
    | DesiredCommand
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
    """What became of an order. ``outcome``: done, unchanged, or the code of a refusal (domain/errors.py).

    ``version`` is that of the order's target; of a wake-up, which has none, the number of agents that were told.
    """

    command_id: bytes
    outcome: str
    detail: str = ""
    position: int = 0
    version: int = 0


ORDER_LIFE_MS = 60_000
"""An order older than this is refused: a recorded one cannot be replayed later."""

INTERNAL_ERROR = "internal_error"
"""The outcome of an order on which the server failed; it is not recorded, a repeat is tried anew."""
ORDER_DECIDED = "Order.Decided"
UNVERIFIED_COUNTED = "Unverified.Counted"
WAKE_UP_ORDERED = "WakeUp.Ordered"
